"""Exceptions to the sum: a single value that caps the score or holds it up, whatever the rest says."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cshub.kernel.sentences import gettext_noop
from health.engine.terms import DefinitionError, Terms

Operator = Literal["lt", "lte", "gt", "gte", "eq"]
OPERATORS: tuple[Operator, ...] = ("lt", "lte", "gt", "gte", "eq")
_COMPARE: dict[Operator, Callable[[float, float], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "eq": operator.eq,
}


@dataclass(frozen=True)
class ScoreException:
    """When the raw value of `measure` compares so to `value`, the score is at most `cap` or at least `floor` (0-100, one of the two)."""

    measure: str
    op: Operator
    value: float
    cap: float | None
    floor: float | None

    def applies(self, raw: float | None) -> bool:
        """Never to a value nobody knows."""
        return raw is not None and _COMPARE[self.op](raw, self.value)

    def limited(self, score: Decimal) -> Decimal:
        """The score under this exception."""
        if self.cap is not None:
            return min(score, Decimal(str(self.cap)))
        return max(score, Decimal(str(self.floor)))


def read_exceptions(terms: Terms, keys: list[str]) -> tuple[ScoreException, ...]:
    """The ordered exceptions of a definition; `keys` are the measures they may name. Raises DefinitionError."""
    return tuple(_exception(item, keys) for item in terms.items_if_any("exceptions"))


def _exception(terms: Terms, keys: list[str]) -> ScoreException:
    terms.only("measure", "op", "value", "cap", "floor")
    key = terms.text("measure")
    if key not in keys:
        raise DefinitionError(
            terms.at("measure"),
            gettext_noop("“%(key)s” is no measure with a number; use one of %(known)s."),
            key=key,
            known=", ".join(keys),
        )
    limits = [name for name in ("cap", "floor") if terms.has(name)]
    if len(limits) != 1:
        raise DefinitionError(terms.at("cap"), gettext_noop("or floor has to be given, and only one of the two."))
    limit = round(terms.number(limits[0], low=0, high=100), 2)
    return ScoreException(
        measure=key,
        op=terms.one_of("op", OPERATORS),
        value=terms.number("value"),
        cap=limit if limits == ["cap"] else None,
        floor=limit if limits == ["floor"] else None,
    )
