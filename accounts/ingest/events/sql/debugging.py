"""What came in last, event by event, and what became of each."""

# ruff: noqa: S608  # the pieces put together are constants of our own

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from uuid import UUID

REQUESTS = 20

# The fate is looked up by the place in the request: each of the tables keeps it. An event that was in quarantine already and came again
# keeps its first place there.
_FATE = """
    CASE WHEN batch.state = 'waiting' THEN 'waiting' WHEN batch.state = 'failed' THEN 'failed'
         WHEN EXISTS (SELECT FROM events_rejectedevent e WHERE e.batch_id = batch.id AND e.position = each.position) THEN 'rejected'
         WHEN EXISTS (SELECT FROM events_heldevent e WHERE e.batch_id = batch.id AND e.position = each.position) THEN 'held'
         WHEN EXISTS (SELECT FROM events_usageevent e WHERE e.batch_id = batch.id AND e.position = each.position) THEN 'stored'
         WHEN coalesce(nullif(batch.kind, 'batch'), each.type) IN ('identify', 'group', 'alias') THEN 'applied'
         WHEN batch.rejected_count > 0 AND batch.duplicate_count = 0 THEN 'rejected'
         ELSE 'duplicate' END
"""
_EVENTS = """
    FROM batch JOIN events_source source ON source.id = batch.source_id
    CROSS JOIN LATERAL (
        SELECT (number - 1)::integer AS position, left(event ->> 'type', 40) AS type, left(coalesce(event ->> 'event', event ->> 'name', event ->> 'groupId', event ->> 'previousId', ''), 120) AS name,
               left(coalesce(event ->> 'userId', event ->> 'anonymousId', ''), 120) AS who
        FROM jsonb_array_elements(CASE WHEN batch.is_odd THEN jsonb_build_array('{}'::jsonb) WHEN batch.kind = 'batch' THEN batch.body::jsonb -> 'batch'
                                       ELSE jsonb_build_array(batch.body::jsonb) END) WITH ORDINALITY AS given (event, number)
    ) each
"""
_COLUMNS = f"batch.id, each.position, batch.received_at, source.name, coalesce(nullif(batch.kind, 'batch'), each.type, 'batch'), each.name, each.who, {_FATE}"
# jsonb cannot hold NUL and half characters, and no number beyond its own bounds. A text that only looks like one costs a shorter line, no more.
_ODD = r"position('\u0000' in body) > 0 OR body ~ '\\u[dD][89a-fA-F]' OR body ~ '[:,\[[:space:]](-?[0-9.]+[eE][+-]?[0-9]{4,}|NaN|-?Infinity)[],}[:space:]]'"
_LATEST = f"""
    WITH batch AS MATERIALIZED (
        SELECT *, {_ODD} AS is_odd FROM events_rawbatch WHERE (%(source)s::uuid IS NULL OR source_id = %(source)s::uuid) -- requests
        ORDER BY id DESC LIMIT %(requests)s
    )
    SELECT {_COLUMNS} {_EVENTS} -- events
    ORDER BY batch.id DESC, each.position DESC LIMIT %(limit)s
"""
_ONE = f"""
    WITH batch AS MATERIALIZED (SELECT *, {_ODD} AS is_odd FROM events_rawbatch WHERE id = %(batch)s)
    SELECT {_COLUMNS} {_EVENTS} WHERE each.position = %(position)s OR batch.is_odd LIMIT 1
"""


# Of one account only what was stored is known to be its own: its newest events, and the requests they came in.
_OF_ACCOUNT = {
    "-- requests": """AND id IN (SELECT batch_id FROM (
        SELECT batch_id FROM events_usageevent WHERE account_id = %(account)s ORDER BY occurred_at DESC LIMIT %(limit)s) own)""",
    "-- events": """WHERE EXISTS (SELECT FROM events_usageevent own
        WHERE own.batch_id = batch.id AND own.position = each.position AND own.account_id = %(account)s)""",
}
_LATEST_OF_ACCOUNT = _LATEST
for _place, _condition in _OF_ACCOUNT.items():
    _LATEST_OF_ACCOUNT = _LATEST_OF_ACCOUNT.replace(_place, _condition)


def latest(*, source: UUID | None, account: UUID | None = None, limit: int) -> list[tuple[Any, ...]]:
    """Request, place, arrival, source, call, name, user and fate of the newest events; a request with odd characters is one line.

    Of an account: its stored events alone.
    """
    values = {"source": source, "account": account, "requests": REQUESTS, "limit": limit}
    return sql.rows(_LATEST_OF_ACCOUNT if account else _LATEST, values)


def one(batch_id: int, position: int) -> tuple[Any, ...] | None:
    """The same of one event."""
    found = sql.rows(_ONE, {"batch": batch_id, "position": position})
    return found[0] if found else None
