"""The turn itself: requests are claimed, their events staged, and one statement counts each of them once."""
# ruff: noqa: S608  # the only pieces put in are constants of our own

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from accounts.ingest.events.sql.names import TOTAL
from accounts.sql.changed import ON_CONFLICT as NOTED_ON_CONFLICT
from cshub.db import sql
from cshub.db.active import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

ANALYZED_FROM = 500  # rows; the planner guesses well enough below

# A slice sorts some megabytes several times, the planner has to know little of it, and compiling a statement as long as _FOLD takes longer than running it.
_TAKE_TURNS = """
    SELECT set_config('work_mem', '32MB', true), set_config('default_statistics_target', '10', true), set_config('jit', 'off', true),
           CASE WHEN %(alone)s THEN pg_advisory_xact_lock(hashtextextended('events of ' || %(schema)s, 0))
                ELSE pg_advisory_xact_lock_shared(hashtextextended('events of ' || %(schema)s, 0)) END
"""
_CLAIM = """
    SELECT id, event_count FROM events_rawbatch WHERE state = 'waiting' AND (%(only)s::bigint IS NULL OR id = %(only)s)
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
_WAITING = "SELECT id FROM events_rawbatch WHERE state = 'waiting' ORDER BY id LIMIT %(limit)s"
_BODIES = "SELECT id, source_id::text, kind, received_at, sent_at, body FROM events_rawbatch WHERE id = ANY (%(ids)s) ORDER BY id"
_STAGE = """
    CREATE TEMPORARY TABLE staged_events (
        batch_id bigint, position integer, source_id uuid, message uuid, name_id integer, user_ref text, is_anonymous boolean, group_ref text,
        occurred_at timestamptz, properties jsonb, is_held boolean NOT NULL DEFAULT false
    ) ON COMMIT DROP
"""
_COPY = "COPY staged_events (batch_id, position, source_id, message, name_id, user_ref, is_anonymous, group_ref, occurred_at, properties) FROM STDIN"
_INTERN = """
    INSERT INTO events_appuser (external_id, is_anonymous, first_seen_at)
    SELECT DISTINCT user_ref, is_anonymous, %(as_of)s::timestamptz FROM staged_events
    WHERE user_ref <> '' AND NOT EXISTS (SELECT FROM events_appuser known WHERE (known.external_id, known.is_anonymous) = (user_ref, staged_events.is_anonymous))
    ORDER BY 1, 2 ON CONFLICT (external_id, is_anonymous) DO NOTHING
"""
# A user's account was named, or an account that events named themselves came to be.
_RELEASE = """
    WITH released AS (
        DELETE FROM events_heldevent held USING (
            SELECT id FROM events_appuser WHERE id = ANY (%(users)s) OR same_as_id = ANY (%(users)s)
        ) known WHERE held.group_ref = '' AND held.user_id = known.id RETURNING held.*
    ), named AS (
        DELETE FROM events_heldevent held WHERE held.group_ref <> '' AND held.group_ref = ANY (%(groups)s) RETURNING held.*
    )
    INSERT INTO staged_events
    SELECT batch_id, position, source_id, message, name_id, coalesce(known.external_id, ''), coalesce(known.is_anonymous, false), group_ref, occurred_at,
           properties, true
    FROM (SELECT * FROM released UNION ALL SELECT * FROM named) held LEFT JOIN events_appuser known ON known.id = held.user_id
"""
# What is staged has each message once. Events keep the ID they were sent with, days count persons. In events_dailyuser and below,
# the number 0 stands for all names together. Every table is written in the order of its key, so that two turns do not cross; and PostgreSQL
# runs these inserts from the last to the first, so that those come late in which turns side by side wait for each other.
_FOLD = f"""
    WITH fresh AS (
        INSERT INTO events_seenmessage (source_id, message, seen_on)
        SELECT source_id, message, %(today)s::date FROM staged_events WHERE NOT is_held ORDER BY 1, 2
        ON CONFLICT DO NOTHING RETURNING source_id, message
    ), chosen AS (
        SELECT staged_events.* FROM staged_events JOIN fresh USING (source_id, message) WHERE NOT is_held
        UNION ALL SELECT * FROM staged_events WHERE is_held
    ), found AS (
        SELECT chosen.*, known.id AS user_id, coalesce(known.same_as_id, known.id) AS person_id,
               CASE WHEN group_ref <> '' THEN named.id ELSE coalesce(later.account_id, known.account_id) END AS own_account_id
        FROM chosen
        LEFT JOIN events_appuser known ON known.external_id = chosen.user_ref AND known.is_anonymous = chosen.is_anonymous
        LEFT JOIN events_appuser later ON later.id = known.same_as_id
        LEFT JOIN accounts_account named ON named.external_id = nullif(chosen.group_ref, '')
    ), event AS MATERIALIZED (
        SELECT batch_id, position, source_id, message, name_id, group_ref, occurred_at, properties, is_held, user_id, person_id,
               coalesce(merged.merged_into_id, own_account_id) AS account_id, (occurred_at AT TIME ZONE 'utc')::date AS day
        FROM found LEFT JOIN accounts_account merged ON merged.id = own_account_id AND merged.merged_into_id IS NOT NULL
    ), counted AS (
        SELECT account_id, day, coalesce(name_id, 0) AS name_id, count(*) AS event_count
        FROM event WHERE account_id IS NOT NULL GROUP BY GROUPING SETS ((account_id, day, name_id), (account_id, day))
    ), noted AS (
        INSERT INTO accounts_changedaccount AS noted (account_id, changed_at)
        SELECT DISTINCT account_id, %(as_of)s::timestamptz FROM counted WHERE name_id = 0 ORDER BY 1 {NOTED_ON_CONFLICT}
    ), seen AS (
        INSERT INTO events_dailyuser (account_id, day, name_id, user_id)
        SELECT account_id, day, coalesce(name_id, 0), person_id FROM event WHERE account_id IS NOT NULL AND person_id IS NOT NULL
        GROUP BY GROUPING SETS ((account_id, day, name_id, person_id), (account_id, day, person_id)) ORDER BY 4, 2, 1, 3
        ON CONFLICT DO NOTHING RETURNING account_id, day, name_id
    ), fresh_users AS (
        SELECT account_id, day, name_id, count(*) AS user_count FROM seen GROUP BY 1, 2, 3
    ), rolled AS (
        INSERT INTO accounts_usagedaily AS usage (account_id, metric_id, day, value, active_users, recorded_at)
        SELECT account_id, coalesce(name.metric_id, '{TOTAL}'), day, event_count, coalesce(user_count, 0), %(as_of)s
        FROM counted LEFT JOIN fresh_users USING (account_id, day, name_id) LEFT JOIN events_eventname name ON name.id = counted.name_id
        ORDER BY 1, 2, 3
        ON CONFLICT (account_id, metric_id, day) DO UPDATE SET value = usage.value + excluded.value,
            active_users = coalesce(usage.active_users, 0) + excluded.active_users, recorded_at = excluded.recorded_at
    ), held AS (
        INSERT INTO events_heldevent (batch_id, position, occurred_at, source_id, user_id, group_ref, name_id, message, properties, held_at)
        SELECT batch_id, position, occurred_at, source_id, user_id, group_ref, name_id, message, properties, %(as_of)s
        FROM event WHERE account_id IS NULL
    ), stored AS (
        INSERT INTO events_usageevent (batch_id, position, occurred_at, source_id, account_id, user_id, name_id, message, properties, recorded_at)
        SELECT batch_id, position, occurred_at, source_id, account_id, user_id, name_id, message, properties, %(as_of)s
        FROM event WHERE account_id IS NOT NULL
    )
    SELECT batch_id, count(*) FILTER (WHERE account_id IS NOT NULL), count(*) FILTER (WHERE account_id IS NULL) - count(*) FILTER (WHERE is_held)
    FROM event GROUP BY batch_id
"""
_QUARANTINE = """
    INSERT INTO events_rejectedevent AS present (source_id, batch_id, position, kind, code, value, payload, fingerprint, received_at, sent_at, arrival_count)
    SELECT DISTINCT ON (source_id, fingerprint) source_id, batch_id, position, kind, code, value, payload, fingerprint, received_at, sent_at,
           count(*) OVER (PARTITION BY source_id, fingerprint)
    FROM json_to_recordset(%(given)s::json) AS given (source_id uuid, batch_id bigint, position integer, kind text, code text, value text, payload text,
                                                     fingerprint uuid, received_at timestamptz, sent_at timestamptz)
    ORDER BY source_id, fingerprint, batch_id, position
    ON CONFLICT (source_id, fingerprint) DO UPDATE SET arrival_count = present.arrival_count + excluded.arrival_count, code = excluded.code, value = excluded.value,
        state = CASE present.state WHEN 'replayed' THEN 'waiting' ELSE present.state END,
        settled_at = CASE present.state WHEN 'replayed' THEN NULL ELSE present.settled_at END,
        settled_by_id = CASE present.state WHEN 'replayed' THEN NULL ELSE present.settled_by_id END
"""
_FINISH = """
    UPDATE events_rawbatch batch SET state = 'folded', error = '', stored_count = given.stored, duplicate_count = given.duplicates,
        held_count = given.held, rejected_count = given.rejected
    FROM unnest(%(ids)s::bigint[], %(stored)s::int[], %(duplicates)s::int[], %(held)s::int[], %(rejected)s::int[])
         AS given (id, stored, duplicates, held, rejected) WHERE batch.id = given.id
"""
_CORRECT = """
    UPDATE events_rawbatch batch SET stored_count = batch.stored_count + given.stored, held_count = greatest(0, batch.held_count + given.held)
    FROM unnest(%(ids)s::bigint[], %(stored)s::int[], %(held)s::int[]) AS given (id, stored, held) WHERE batch.id = given.id
"""
_HEARD = """
    UPDATE events_source source SET last_received_at = latest.at
    FROM (SELECT source_id, max(received_at) AS at FROM events_rawbatch WHERE id = ANY (%(ids)s) GROUP BY source_id) latest
    WHERE source.id = latest.source_id AND (source.last_received_at IS NULL OR source.last_received_at < latest.at)
"""


def take_turns(*, alone: bool) -> None:
    """Wait until nobody works off events of this tenant who says who is who, and `alone` until nobody does at all: whoever names an account
    or an earlier ID must see all events that wait for it or were counted under it."""
    sql.rows(_TAKE_TURNS, {"schema": ACTIVE.schema, "alone": alone})


def claim(limit: int, *, only: int | None = None) -> list[tuple[int, int]]:
    """Lock the oldest waiting requests that nobody else has, or that one: their numbers and how many events each has."""
    return [(row[0], row[1]) for row in sql.rows(_CLAIM, {"limit": limit, "only": only})]


def waiting(limit: int) -> list[int]:
    """The oldest waiting requests, those in somebody's hands too."""
    return [number for (number,) in sql.rows(_WAITING, {"limit": limit})]


def bodies(ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """Those requests, in order."""
    return sql.rows(_BODIES, {"ids": list(ids)})


def stage(lines: Iterable[Sequence[Any]], *, as_of: datetime) -> int:
    """Make the table of this turn and fill it; columns as in _COPY. Users who are new in it get their number."""
    sql.execute(_STAGE)
    staged_count = sql.copy_in(_COPY, lines)
    if staged_count >= ANALYZED_FROM:
        sql.execute("ANALYZE staged_events (source_id, user_ref, is_anonymous, group_ref, is_held)")
    if staged_count:
        sql.execute(_INTERN, {"as_of": as_of})
    return staged_count


def release(*, users: Sequence[int], groups: Sequence[str]) -> int:
    """Stage the held events of these users, and of these groups' accounts; how many there were."""
    return sql.execute(_RELEASE, {"users": list(users), "groups": list(groups)}) if users or groups else 0


def fold(given: dict[str, Any], *, staged_count: int) -> dict[int, tuple[int, int]]:
    """Count what is staged, each message once: for each request how many events were stored, and how many more are held than before."""
    found = sql.rows(_FOLD, given) if staged_count else []
    sql.execute("DROP TABLE staged_events")
    return {batch: (stored, held) for batch, stored, held in found}


def quarantine(given: list[dict[str, Any]]) -> None:
    """Keep events that cannot be taken, each content once; fields as the columns in _QUARANTINE."""
    sql.execute(_QUARANTINE, {"given": orjson.dumps(given).decode()})


def finish(given: dict[str, list[Any]]) -> None:
    """Mark requests as worked off, with what became of their events, and say when their sources were last heard."""
    sql.execute(_FINISH, given)
    sql.execute(_HEARD, given)


def correct(given: dict[str, list[Any]]) -> None:
    """Move events of earlier requests from held to stored."""
    sql.execute(_CORRECT, given)
