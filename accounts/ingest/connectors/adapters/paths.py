"""Finds values inside JSON by written paths, such as `owner.email` or `items.0.price`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from accounts.ingest.connectors.adapters.adapter import Mapped, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

FIXED = "="


def at(value: Any, path: str) -> Any:
    """What stands at `path`, or None where the way ends. A whole key may contain dots."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for step in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal():
            value = value[int(step)] if int(step) < len(value) else None
        else:
            return None
    return value


def by_path(source: Source, rows: Sequence[dict[str, Any]]) -> list[Mapped]:
    """Each row as the fields that the mapping names; `=EUR` stands for itself. Absent values are left out, so they change nothing."""
    mapped = []
    for row in rows:
        values = {
            field: path[1:] if path.startswith(FIXED) else _plain(at(row, path))
            for field, path in source.mapping.items()
        }
        mapped.append(Mapped(row, {field: value for field, value in values.items() if value is not None}))
    return mapped


def _plain(value: Any) -> Any:
    """As JSON would say it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    return value


def json_ready(row: dict[str, Any]) -> dict[str, Any]:
    """A row of any source as it is kept and shown."""
    return {
        key: plain if isinstance(plain := _plain(value), str | int | float | bool | dict | list | None) else str(plain)
        for key, value in row.items()
    }
