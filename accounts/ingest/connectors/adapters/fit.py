"""Gives values of other systems the type their field wants, where nothing has to be guessed: a number for a key, a moment for a day."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from accounts.ingest.reading import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from accounts.ingest.kinds.kind import KindOfFile

FURTHER = "attributes."
TRUTHS = {"true": True, "false": False, "1": True, "0": False, 1: True, 0: False}


def fitted(kind: KindOfFile, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as `take_rows` wants them. What does not fit is left as it is: the field says what is wrong with it."""
    reads = {field.name: field.reads for field in kind.fields}
    given: dict[str, Any] = {}
    for name, value in values.items():
        if name.startswith(FURTHER):
            given.setdefault("attributes", {})[name.removeprefix(FURTHER)] = value
        else:
            given[name] = _FITS.get(reads.get(name, ""), _text)(value)
    return given


def _text(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value


def _day(value: Any) -> Any:
    """The day of a moment, as that moment says it."""
    if isinstance(value, str) and "T" in value:
        try:
            return datetime.fromisoformat(value).date().isoformat()
        except ValueError:
            return value
    return value


def _money(value: Any) -> Any:
    return str(Decimal(str(value))) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _whole(value: Any) -> Any:
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return int(value) if isinstance(value, float | Decimal) and value == int(value) else value


def _truth(value: Any) -> Any:
    return TRUTHS.get(value.strip().lower() if isinstance(value, str) else value, value)


def _as_it_is(value: Any) -> Any:
    return value


_FITS: dict[str, Callable[[Any], Any]] = {
    fields.DATE: _day,
    fields.MONEY: _money,
    fields.NUMBER: _as_it_is,
    fields.WHOLE: _whole,
    fields.YES_NO: _truth,
}
