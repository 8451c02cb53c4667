"""The months of events: made ahead, made back for late ones, dropped when they are no longer kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.ingest.events.policy import policy
from accounts.ingest.events.sql.retention import oldest_astray
from cshub.tenancy.context import schema_context
from cshub.tenancy.partitions import drop_months, ensure_months

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

TABLES = {"events_usageevent": "occurred_at", "events_dailyuser": "day"}
AHEAD = 3


def keep_months(schemas: Iterable[str], *, as_of: datetime) -> None:
    """Make this month's partitions and the next ones, and those of events that came late; drop the months a tenant no longer keeps.

    Safe to repeat, outside of atomic(). An event whose month is not there waits in the default partition, where it counts all the same.
    """
    named = list(schemas)
    for table, by in TABLES.items():
        ensure_months(named, table=table, by=by, as_of=as_of, ahead=AHEAD)
    for schema in named:
        with schema_context(schema):
            first, since = policy().first_month(as_of.date()), oldest_astray()
        for table, by in TABLES.items():
            if since is not None:
                ensure_months([schema], table=table, by=by, as_of=as_of, ahead=AHEAD, since=since)
            drop_months(schema, table=table, before=first)
