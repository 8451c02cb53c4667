"""Reads typed terms out of a JSON document and says where one is wrong."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from cshub.kernel.sentences import NOTHING, gettext_noop

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
LONGEST_TEXT = 300
_REQUIRED: Any = object()
Word = TypeVar("Word", bound=str)


class DefinitionError(ValueError):
    """A definition that cannot be used. `path` names the term, `problem` says in English what is wrong with it.

    Whoever knows the reader's language puts `facts` into the translation of `sentence` instead; a fact may be an error inside.
    """

    def __init__(self, path: str, sentence: str, **facts: "Fact") -> None:
        self.path, self.sentence, self.facts = path, sentence, facts
        said = {name: fact.whole if isinstance(fact, DefinitionError) else fact for name, fact in facts.items()}
        self.problem = sentence % said
        super().__init__(f"{path or 'definition'}: {self.problem}")

    @property
    def whole(self) -> str:
        return f"{self.path} {self.problem}" if self.path else self.problem


Fact = str | int | DefinitionError


class Terms:
    """One JSON object and the path to it."""

    def __init__(self, document: Any, path: str) -> None:
        if not isinstance(document, dict):
            raise DefinitionError(path, gettext_noop("has to be an object, not %(value)s."), value=_shown(document))
        self._document = document
        self._path = path

    def at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def only(self, *names: str) -> None:
        """Refuse a term nobody reads: it is a typing error more often than not."""
        for name in self._document:
            if name not in names:
                raise DefinitionError(
                    self.at(str(name)), gettext_noop("is not a term here; use %(known)s."), known=", ".join(names)
                )

    def part(self, name: str, default: Any = _REQUIRED) -> "Terms":
        return Terms(self._value(name, default), self.at(name))

    def items(self, name: str) -> Iterator["Terms"]:
        found = self._value(name, _REQUIRED)
        if not isinstance(found, list) or not found:
            raise DefinitionError(self.at(name), gettext_noop("has to be a list with at least one entry."))
        return (Terms(item, f"{self.at(name)}[{index}]") for index, item in enumerate(found))

    def items_if_any(self, name: str) -> Iterator["Terms"]:
        """The entries of a list that may be left out or empty."""
        return self.items(name) if self._document.get(name, []) != [] else iter(())

    def has(self, name: str) -> bool:
        return name in self._document

    def pairs(self, name: str) -> Iterator[tuple[Any, Any]]:
        found = self._value(name, _REQUIRED)
        if found == []:
            raise DefinitionError(self.at(name), gettext_noop("has no row yet; add one with its points."))
        if not isinstance(found, list) or any(not isinstance(p, list) or len(p) != 2 for p in found):
            raise DefinitionError(self.at(name), gettext_noop("has to be a list of pairs, as in [[10, 0], [20, 100]]."))
        return ((first, second) for first, second in found)

    def text(self, name: str, default: Any = _REQUIRED) -> str:
        found = self._value(name, default)
        if not isinstance(found, str) or "\x00" in found or len(found) > LONGEST_TEXT:
            raise DefinitionError(
                self.at(name), gettext_noop("has to be a text of at most %(most)s characters."), most=LONGEST_TEXT
            )
        if default is _REQUIRED and not found.strip():
            raise DefinitionError(self.at(name), gettext_noop("is empty."))
        return found

    def key(self, name: str) -> str:
        found = self.text(name)
        if not KEY.match(found):
            raise DefinitionError(
                self.at(name),
                gettext_noop("“%(found)s” has to be lower-case letters, digits and underscores, a letter first."),
                found=found,
            )
        return found

    def one_of(self, name: str, words: Sequence[Word], default: Any = _REQUIRED) -> Word:
        found = self._value(name, default)
        word = next((word for word in words if word == found), None)
        if word is None:
            raise DefinitionError(
                self.at(name),
                gettext_noop("is %(value)s; use one of %(known)s."),
                value=_shown(found),
                known=", ".join(words),
            )
        return word

    def number(self, name: str, *, low: float = -1e15, high: float = 1e15, default: Any = _REQUIRED) -> float:
        return number(self._value(name, default), self.at(name), low=low, high=high)

    def whole(self, name: str, *, low: int, high: int, default: int) -> int:
        found = self._value(name, default)
        if found == default:
            return default
        if isinstance(found, bool) or not isinstance(found, int) or not low <= found <= high:
            raise DefinitionError(
                self.at(name),
                gettext_noop("is %(value)s; it has to be a whole number, %(low)s to %(high)s."),
                value=_shown(found),
                low=low,
                high=high,
            )
        return found

    def _value(self, name: str, default: Any) -> Any:
        found = self._document.get(name, default)
        if found is _REQUIRED:
            raise DefinitionError(self.at(name), gettext_noop("is missing."))
        return found


def number(found: Any, path: str, *, low: float = -1e15, high: float = 1e15) -> float:
    """`found` as a finite number in [low, high]."""
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise DefinitionError(path, gettext_noop("is %(value)s; it has to be a number."), value=_shown(found))
    if not low <= found <= high:
        raise DefinitionError(
            path,
            gettext_noop("is %(value)s; it has to lie between %(low)s and %(high)s."),
            value=f"{found:g}",
            low=f"{low:g}",
            high=f"{high:g}",
        )
    return float(found)


def weights_add_up(path: str, weights: Sequence[float]) -> None:
    if sum(weights) <= 0:
        raise DefinitionError(
            path, gettext_noop("have weights that add up to nothing; give at least one of them a weight above 0.")
        )


def _shown(found: Any) -> str:
    return NOTHING if found is None else f"“{str(found)[:60]}”"
