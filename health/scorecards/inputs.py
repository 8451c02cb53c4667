"""Reads what was typed into a field of the editor, and writes a term into one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cshub.l10n.digits import parse_number


def text_of(data: Mapping[str, Any], name: str) -> str:
    """What was typed, without spaces around it; nothing where the field was not sent."""
    return str(data.get(name, "")).strip()


def number_in(typed: str) -> Any:
    """The number in any digits and with either decimal mark; the text itself where it is none, nothing where it is empty."""
    for mark in (".", ","):
        try:
            return float(parse_number(typed, decimal=mark))
        except ValueError:
            continue
    return typed.strip() or None


def share_in(typed: str) -> Any:
    """A per cent as a share of one."""
    found = number_in(typed.rstrip("%٪ "))
    return found / 100 if isinstance(found, float) else found


def count_of(data: Mapping[str, Any], name: str, most: int) -> int:
    """How many rows were sent; none where that is no whole number."""
    typed = text_of(data, name)
    return min(int(typed), most) if typed.isascii() and typed.isdecimal() and len(typed) < 4 else 0


def shown(value: Any) -> str:
    """A term as it stands in its field."""
    if value is None:
        return ""
    return format(value, ".12g") if isinstance(value, float) else str(value)


def shown_share(value: Any) -> str:
    """A share of one as per cent."""
    return shown(value * 100) if isinstance(value, int | float) else shown(value)
