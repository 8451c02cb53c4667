"""The months of the history of verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cshub.tenancy.partitions import ensure_months

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime


def make_months_ahead(
    schemas: Iterable[str], *, as_of: datetime, ahead: int = 3, since: date | None = None
) -> list[str]:
    """Make this month's partition of health_healthscore and the next ones in those schemas; `since` reaches back, for histories that are
    brought in. Safe to repeat, outside of atomic(). What is written into a month that was not made waits in the default partition."""
    return ensure_months(schemas, table="health_healthscore", by="scored_at", as_of=as_of, ahead=ahead, since=since)
