"""What a column can go to: the fields of each kind of file, and the names people give them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cshub.l10n.digits import normalize_digits

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TEXT, KEY, PERSON, CHOICE, DATE, MONEY, NUMBER, WHOLE, CURRENCY, YES_NO = (
    "text", "key", "person", "choice", "date", "money", "number", "whole", "currency", "yes_no",
)  # fmt: skip
MONTHS_BEFORE = "months_before"
MOMENT = "moment"
FURTHER = "attributes."
FURTHER_READINGS = (TEXT, NUMBER, YES_NO)


@dataclass(frozen=True)
class Field:
    """A field that a column can go to. `reads` says how its values are read; `longest` is the length of a text or the highest whole number."""

    name: str
    label: str | _StrPromise
    reads: str = TEXT
    needed: bool = False
    longest: int = 100
    synonyms: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()

    def goes_by(self, column: str) -> bool:
        """Whether a column of this name is probably this field."""
        return plain_name(column) in {plain_name(name) for name in (self.name, *self.synonyms)}


TERM_WORDS = (
    ("month-to-month", "1"), ("monthly", "1"), ("one month", "1"), ("quarterly", "3"), ("one year", "12"), ("annual", "12"), ("yearly", "12"),
    ("1 year", "12"), ("two year", "24"), ("two years", "24"), ("2 years", "24"), ("three years", "36"), ("3 years", "36"),
)  # fmt: skip
YES = frozenset({"yes", "y", "true", "1", "t", "x", "on", "tak", "да", "بله", "بلی"})
NO = frozenset({"no", "n", "false", "0", "f", "", "off", "nie", "нет", "خیر", "نه"})


def plain_name(text: str) -> str:
    """A column's name without what people vary: case, spaces, marks, digits' script."""
    return re.sub(r"[\W_]+", "", normalize_digits(text).casefold())


def further_key(column: str) -> str:
    """The key under which a further field is kept: lower case, words joined by underscores."""
    return re.sub(r"\W+", "_", normalize_digits(column).casefold()).strip("_")[:80] or "field"
