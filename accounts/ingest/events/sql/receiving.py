"""Keeps a request in one statement: the key is looked up, the limit compared and the body written together."""

from __future__ import annotations

from typing import Any

from cshub.db import sql

_KEEP = """
    WITH source AS MATERIALIZED (
        SELECT id, events_a_minute FROM events_source
        WHERE is_active AND (digest = %(digest)s::text OR previous_digest = %(digest)s::text AND previous_until > %(as_of)s::timestamptz)
    ), kept AS (
        INSERT INTO events_rawbatch (source_id, kind, received_at, sent_at, body, event_count)
        SELECT id, %(kind)s::text, %(as_of)s::timestamptz, %(sent_at)s::timestamptz, %(body)s::text, %(event_count)s::int FROM source
        WHERE events_a_minute > %(used_a_minute)s::bigint AND %(event_count)s::int > 0
        RETURNING id
    )
    SELECT kept.id, source.events_a_minute FROM source LEFT JOIN kept ON true
"""


def keep(given: dict[str, Any]) -> tuple[int | None, int] | None:
    """Write a request of a source that this key opens; its number, None where the source has sent too much or there is no event in it, and
    how many events a minute the source may send. None where the key opens nothing."""
    found = sql.prepared(_KEEP, given)
    return (found[0][0], found[0][1]) if found else None
