"""Keeps a request in one statement: the key is looked up, the limit compared and the body written together."""

from __future__ import annotations

from typing import Any

from cshub.db import sql

_KEEP = """
    INSERT INTO events_rawbatch (source_id, kind, received_at, sent_at, body, event_count)
    SELECT id, %(kind)s, %(as_of)s, %(sent_at)s, %(body)s, %(event_count)s FROM events_source
    WHERE is_active AND (digest = %(digest)s OR previous_digest = %(digest)s AND previous_until > %(as_of)s)
      AND events_a_minute > %(used)s * %(windows)s
    RETURNING id
"""


def keep(given: dict[str, Any]) -> int | None:
    """Write a request of a source that this key opens and that has not sent too much; its number, or None where nothing was written."""
    found = sql.rows(_KEEP, given)
    return int(found[0][0]) if found else None
