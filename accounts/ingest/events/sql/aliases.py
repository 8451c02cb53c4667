"""Earlier IDs: whose they turned out to be, and the days on which two users were counted who are one."""
# ruff: noqa: S608  # the pieces put together are constants of our own

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.ingest.events.reading.kinship import Kin, persons
from accounts.ingest.events.sql.names import TOTAL
from accounts.sql.changed import ON_CONFLICT as NOTED_ON_CONFLICT
from cshub.db import sql

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.ingest.events.reading.judge import User

# The first word counts, by its time, so that the order of arrival does not.
_CLAIM = """
    WITH given AS (
        SELECT earlier.id AS earlier_id, later.id AS later_id, at
        FROM unnest(%(earlier)s::text[], %(earlier_anonymous)s::bool[], %(ids)s::text[], %(anonymous)s::bool[], %(ats)s::timestamptz[])
             AS given (earlier, earlier_anonymous, external_id, is_anonymous, at)
        JOIN events_appuser earlier ON (earlier.external_id, earlier.is_anonymous) = (given.earlier, given.earlier_anonymous)
        JOIN events_appuser later ON (later.external_id, later.is_anonymous) = (given.external_id, given.is_anonymous)
        LEFT JOIN events_appuser present ON present.id = earlier.alias_of_id
        WHERE present.id IS NULL OR (at, later.external_id COLLATE "C", later.is_anonymous) < (earlier.alias_at, present.external_id COLLATE "C", present.is_anonymous)
    )
    UPDATE events_appuser person SET alias_of_id = later_id, alias_at = at FROM given WHERE person.id = earlier_id RETURNING person.id
"""
# Everybody who was the same person as one of those whose line has changed.
_KIN = """
    SELECT id, alias_of_id, external_id, is_anonymous, coalesce(same_as_id, id) FROM events_appuser WHERE id = ANY (%(before)s)
    UNION SELECT id, alias_of_id, external_id, is_anonymous, same_as_id FROM events_appuser WHERE same_as_id = ANY (%(before)s)
"""
_PERSONS = "SELECT id, coalesce(same_as_id, id) FROM events_appuser WHERE id = ANY (%(ids)s)"
_SAME = """
    UPDATE events_appuser person SET same_as_id = nullif(given.after_id, given.id)
    FROM unnest(%(ids)s::bigint[], %(after)s::bigint[]) AS given (id, after_id) WHERE person.id = given.id
"""
# An account that was merged away keeps its days, and its survivor's have them in their sums. What is no longer kept stays as it was counted.
_RECOUNT = f"""
    , difference AS (
        SELECT side.account_id, coalesce(name.metric_id, '{TOTAL}') AS metric_id, day, sum(number) AS number
        FROM (SELECT account_id, day, name_id, -1 AS number FROM gone UNION ALL SELECT account_id, day, name_id, 1 FROM came) each
        JOIN accounts_account account ON account.id = each.account_id CROSS JOIN LATERAL (VALUES (account.id), (account.merged_into_id)) AS side (account_id)
        LEFT JOIN events_eventname name ON name.id = each.name_id WHERE side.account_id IS NOT NULL
        GROUP BY 1, 2, 3 HAVING sum(number) <> 0
    ), recounted AS (
        UPDATE accounts_usagedaily usage SET active_users = greatest(0, usage.active_users + number), recorded_at = %(as_of)s
        FROM difference WHERE (usage.account_id, usage.metric_id, usage.day) = (difference.account_id, difference.metric_id, difference.day)
        RETURNING usage.account_id
    )
    INSERT INTO accounts_changedaccount AS noted (account_id, changed_at)
    SELECT DISTINCT account_id, %(as_of)s::timestamptz FROM recounted JOIN accounts_account account ON account.id = account_id
    WHERE merged_into_id IS NULL ORDER BY 1 {NOTED_ON_CONFLICT}
"""
_ALL_AS_ONE = f"""
    WITH gone AS (
        DELETE FROM events_dailyuser seen USING unnest(%(before)s::bigint[], %(after)s::bigint[]) AS given (before_id, after_id)
        WHERE seen.user_id = before_id RETURNING account_id, day, name_id, after_id
    ), came AS (
        INSERT INTO events_dailyuser (account_id, day, name_id, user_id)
        SELECT DISTINCT account_id, day, name_id, after_id FROM gone ORDER BY 4, 2, 1, 3 ON CONFLICT DO NOTHING RETURNING account_id, day, name_id
    ) {_RECOUNT}
"""
# Of a person who turned out to be two, only the events say who did what.
_EACH_ALONE = f"""
    WITH person AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(after)s::bigint[]) AS given (id, after_id)
    ), before AS MATERIALIZED (
        SELECT account_id, day, name_id, user_id FROM events_dailyuser WHERE user_id = ANY (%(before)s)
    ), after AS MATERIALIZED (
        SELECT event.account_id, touched.day, coalesce(event.name_id, 0) AS name_id, after_id AS user_id
        FROM (SELECT DISTINCT account_id, day FROM before) touched
        JOIN events_usageevent event ON event.account_id = touched.account_id AND event.occurred_at >= touched.day::timestamp AT TIME ZONE 'utc'
             AND event.occurred_at < (touched.day + 1)::timestamp AT TIME ZONE 'utc'
        JOIN person ON person.id = event.user_id
        GROUP BY GROUPING SETS ((event.account_id, touched.day, event.name_id, after_id), (event.account_id, touched.day, after_id))
    ), gone AS (
        DELETE FROM events_dailyuser seen USING (SELECT * FROM before EXCEPT SELECT * FROM after) past
        WHERE (seen.user_id, seen.day, seen.account_id, seen.name_id) = (past.user_id, past.day, past.account_id, past.name_id)
        RETURNING seen.account_id, seen.day, seen.name_id
    ), came AS (
        INSERT INTO events_dailyuser (account_id, day, name_id, user_id)
        SELECT * FROM (SELECT * FROM after EXCEPT SELECT * FROM before) news ORDER BY 4, 2, 1, 3 ON CONFLICT DO NOTHING RETURNING account_id, day, name_id
    ) {_RECOUNT}
"""


def follow(same: dict[User, tuple[datetime, User]], *, as_of: datetime) -> list[int]:
    """Let earlier IDs count as the person they belong to, now and on the days they were counted apart; of whom that is news.

    Reads and writes the days of those people alone. Needs the turn alone (`folding.take_turns`).
    """
    claimed = _claim(same) if same else []
    if not claimed:
        return []
    was = dict(sql.rows(_PERSONS, {"ids": claimed}))
    families = sql.rows(_KIN, {"before": sorted(set(was.values()))})
    kin = {user: Kin(alias_of, (external_id, anonymous)) for user, alias_of, external_id, anonymous, _was in families}
    further = {line.alias_of for line in kin.values() if line.alias_of is not None} - kin.keys()
    now = persons(kin, dict(sql.rows(_PERSONS, {"ids": sorted(further)})))
    before = {user: old for user, _alias, _id, _anonymous, old in families}
    moved = [user for user in sorted(now) if now[user] != before[user]]
    sql.execute(_SAME, {"ids": moved, "after": [now[user] for user in moved]})
    _count_again(before, now, as_of)
    return moved


def _claim(same: dict[User, tuple[datetime, User]]) -> list[int]:
    rows = [(*earlier, *user, at) for earlier, (at, user) in same.items()]
    earlier, earlier_anonymous, ids, anonymous, ats = map(list, zip(*rows, strict=True))
    given = {"earlier": earlier, "earlier_anonymous": earlier_anonymous, "ids": ids, "anonymous": anonymous, "ats": ats}
    return [user for (user,) in sql.rows(_CLAIM, given)]


def _count_again(before: dict[int, int], now: dict[int, int], as_of: datetime) -> None:
    """Of each person that was, either all IDs are one other person now, or they went different ways."""
    ways: dict[int, set[int]] = {}
    for user, old in before.items():
        ways.setdefault(old, set()).add(now[user])
    apart = [user for user in sorted(before) if len(ways[before[user]]) > 1]
    if apart:  # first, while nobody else's days are among those of the person that was
        parted = {"before": sorted({before[user] for user in apart}), "as_of": as_of}
        sql.execute(_EACH_ALONE, {"ids": apart, "after": [now[user] for user in apart], **parted})
    renamed = {old: new.pop() for old, new in ways.items() if len(new) == 1 and old not in new}
    if renamed:
        sql.execute(_ALL_AS_ONE, {"before": list(renamed), "after": list(renamed.values()), "as_of": as_of})
