"""The months of the history of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cshub.tenancy.partitions import ensure_months

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime


def make_months_ahead(
    schemas: Iterable[str], *, as_of: datetime, ahead: int = 3, since: date | None = None
) -> list[str]:
    """Make this month's partition of value_valuation and the next ones; otherwise as health.partitions.make_months_ahead."""
    return ensure_months(schemas, table="value_valuation", by="computed_at", as_of=as_of, ahead=ahead, since=since)
