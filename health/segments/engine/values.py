"""Reads the values of a rule: each kind of field takes its own, and a fault names its path."""

import math
import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from cshub.kernel.sentences import NOTHING, gettext_noop
from health.engine.terms import DefinitionError
from health.segments.engine.fields import DAY_COUNTS, MANY, Field

MOST_VALUES = 200
LONGEST_TEXT = 300
LONGEST_DAYS = 3_660
GREATEST = 1e15

Value = str | float | date | bool | UUID | int | tuple[Any, ...] | None


def value_of(field: Field, operator: str, value: Any, path: str) -> Value:
    if operator in MANY:
        found = value if isinstance(value, list) else None
        if not found or len(found) > MOST_VALUES:
            raise DefinitionError(path, gettext_noop("has to be a list of 1 to %(most)s values."), most=MOST_VALUES)
        return tuple(_one_value(field, each, f"{path}[{place}]") for place, each in enumerate(found))
    if operator == "between":
        if not isinstance(value, list) or len(value) != 2:
            raise DefinitionError(path, gettext_noop("has to be a pair, the lower value first."))
        low, high = (_one_value(field, each, f"{path}[{place}]") for place, each in enumerate(value))
        if low > high:  # type: ignore[operator]  # both are of the field's type
            raise DefinitionError(path, gettext_noop("has its higher value first; swap them."))
        return (low, high)
    if operator in DAY_COUNTS:
        return whole_days(value, path)
    return _one_value(field, value, path)


def _one_value(field: Field, value: Any, path: str) -> Value:
    if field.kind in ("number", "count"):
        return number(value, path)
    if field.kind == "yes_no":
        if not isinstance(value, bool):
            raise DefinitionError(path, gettext_noop("is %(value)s; it has to be true or false."), value=shown(value))
        return value
    if field.kind == "date":
        return _date(value, path)
    if field.kind in ("person", "account"):
        return _id(value, path)
    text = _text(value, path)
    if field.choices and text not in field.choices:
        raise DefinitionError(
            path,
            gettext_noop("is %(value)s; %(key)s is one of %(known)s."),
            value=shown(text),
            key=field.key,
            known=", ".join(field.choices),
        )
    return text


def number(value: Any, path: str, *, low: float = -GREATEST, high: float = GREATEST) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        raise DefinitionError(path, gettext_noop("is %(value)s; it has to be a number."), value=shown(value))
    if not low <= value <= high:
        raise DefinitionError(
            path,
            gettext_noop("is %(value)s; it has to lie between %(low)s and %(high)s."),
            value=f"{value:g}",
            low=f"{low:g}",
            high=f"{high:g}",
        )
    return int(value) if value == int(value) else float(value)


def _date(value: Any, path: str) -> date:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise DefinitionError(path, gettext_noop("is %(value)s; write a day as 2026-03-31."), value=shown(value))


def _id(value: Any, path: str) -> UUID:
    try:
        if isinstance(value, str) and len(value) == 36:
            return UUID(value)
    except ValueError:
        pass
    raise DefinitionError(path, gettext_noop("is %(value)s; it has to be an ID."), value=shown(value))


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or "\x00" in value or len(value) > LONGEST_TEXT or not _is_writable(value):
        raise DefinitionError(path, gettext_noop("has to be a text of at most %(most)s characters."), most=LONGEST_TEXT)
    if not value.strip():
        raise DefinitionError(path, gettext_noop("is empty. To find accounts without a value, ask for “unknown”."))
    return value


def _is_writable(value: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def days_of(node: dict[str, Any], path: str) -> int:
    return whole_days(node.get("days"), at(path, "days"), low=1)


def whole_days(value: Any, path: str, *, low: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= LONGEST_DAYS:
        raise DefinitionError(
            path,
            gettext_noop("is %(value)s; it has to be a whole number of days, %(low)s to %(most)s."),
            value=shown(value),
            low=low,
            most=LONGEST_DAYS,
        )
    return value


def one_of(value: Any, words: tuple[str, ...], path: str) -> str:
    if not isinstance(value, str) or value not in words:
        raise DefinitionError(
            path, gettext_noop("is %(value)s; use one of %(known)s."), value=shown(value), known=", ".join(words)
        )
    return value


def only(node: dict[str, Any], path: str, *names: str) -> None:
    for name in node:
        if name not in names:
            raise DefinitionError(
                at(path, str(name)[:60]), gettext_noop("is not a term here; use %(known)s."), known=", ".join(names)
            )


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def shown(found: Any) -> str:
    return NOTHING if found is None else f"“{str(found)[:60]}”"
