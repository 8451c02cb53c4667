"""Writes columns as the text that COPY reads, a column at a time: several times faster than value by value."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

NULL = "\\N"
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_AS_PYTHON_WRITES_THEM = {int, bool, float, Decimal, date, datetime, UUID}


def copy_text(columns: Sequence[Sequence[Any]]) -> str:
    """The rows of these columns, all of the same length: texts, numbers, days, moments with a zone, UUIDs, yes or no, and None for NULL.

    Raises TypeError for values of another type.
    """
    return "\n".join(map("\t".join, zip(*map(_texts, columns), strict=True))) + "\n"


def _texts(column: Sequence[Any]) -> Sequence[str]:
    kinds = set(map(type, column))
    if type(None) in kinds:
        texts = iter(_texts([value for value in column if value is not None]))
        return [NULL if value is None else next(texts) for value in column]
    if kinds <= {str}:
        return _escaped(column)
    if kinds <= {date}:
        texts_of = {day: str(day) for day in set(column)}
        return [texts_of[day] for day in column]
    if kinds <= _AS_PYTHON_WRITES_THEM:
        return list(map(str, column))
    raise TypeError(f"COPY is given {', '.join(sorted(kind.__name__ for kind in kinds))}")


def _escaped(texts: Sequence[str]) -> Sequence[str]:
    whole = "".join(texts)
    if "\\" in whole or "\t" in whole or "\n" in whole or "\r" in whole:
        return [text.translate(_ESCAPED) for text in texts]
    return texts
