"""Forgets in portions, so that no lock is held for long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cshub.db import sql

if TYPE_CHECKING:
    from datetime import date, datetime

PORTION = 20_000

_REQUESTS = """
    DELETE FROM events_rawbatch WHERE id = ANY (ARRAY(
        SELECT id FROM events_rawbatch WHERE received_at < %(before)s AND state = 'folded' ORDER BY id LIMIT %(portion)s))
"""
_MESSAGES = """
    DELETE FROM events_seenmessage WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM events_seenmessage WHERE seen_on < %(before)s LIMIT %(portion)s))
"""
_EXPIRE = """
    WITH expired AS (
        DELETE FROM events_heldevent WHERE held_at < %(before)s RETURNING *
    )
    INSERT INTO events_rejectedevent (source_id, batch_id, position, kind, code, value, payload, fingerprint, received_at, sent_at)
    SELECT expired.source_id, batch_id, position, 'track', 'no_account', '', jsonb_strip_nulls(jsonb_build_object(
               'type', 'track', 'event', name.name, 'messageId', message, 'timestamp', occurred_at, 'properties', properties,
               'userId', CASE WHEN NOT known.is_anonymous THEN known.external_id END,
               'anonymousId', CASE WHEN known.is_anonymous THEN known.external_id END,
               'context', CASE WHEN group_ref <> '' THEN jsonb_build_object('groupId', group_ref) END))::text,
           message, held_at, NULL
    FROM expired JOIN events_eventname name ON name.id = expired.name_id LEFT JOIN events_appuser known ON known.id = expired.user_id
    ON CONFLICT (source_id, fingerprint) DO NOTHING
"""
_ASTRAY = """
    SELECT least((SELECT min((occurred_at AT TIME ZONE 'utc')::date) FROM events_usageevent_default), (SELECT min(day) FROM events_dailyuser_default))
"""
_NAMED = """
    SELECT DISTINCT held.group_ref FROM events_heldevent held JOIN accounts_account account ON account.external_id = held.group_ref
    WHERE held.group_ref <> '' ORDER BY 1
"""
_WAITS = """
    SELECT EXISTS (SELECT FROM events_rawbatch WHERE state = 'waiting')
"""

_LATEST = "SELECT received_at FROM events_rawbatch ORDER BY id DESC LIMIT 1"


def oldest_astray() -> date | None:
    """The oldest day of what lies in a default partition, because its month is not made; None when nothing does."""
    day: date | None = sql.rows(_ASTRAY)[0][0]
    return day


def named_groups() -> list[str]:
    """Groups that held events name, and whose accounts are there by now."""
    return [ref for (ref,) in sql.rows(_NAMED)]


def forget_requests(*, before: datetime) -> int:
    """Forget requests that were worked off and came in before."""
    return _in_portions(_REQUESTS, {"before": before})


def forget_messages(*, before: date) -> int:
    """Forget the digests of messages that were seen before: repeated after that, they would count again."""
    return _in_portions(_MESSAGES, {"before": before})


def expire_held(*, before: datetime) -> int:
    """Put held events that waited since before into quarantine."""
    return sql.execute(_EXPIRE, {"before": before})


def latest_received_at() -> datetime | None:
    """When the latest request came in; None before the first."""
    found = sql.rows(_LATEST)
    return found[0][0] if found else None


def something_waits() -> bool:
    """Are there requests nobody has worked off?"""
    return bool(sql.rows(_WAITS)[0][0])


def _in_portions(statement: str, given: dict[str, object]) -> int:
    gone = 0
    while portion := sql.execute(statement, {**given, "portion": PORTION}):
        gone += portion
    return gone
