"""Usage in SQL: staged rows against the days and measurements that are there.

A row with a day says the whole day; several of them in one go are put together by the metric's aggregation. A row with a moment is one
measurement: those are kept, and the day follows from all of them, in whatever order they came.

An account that was merged away keeps what is told under its own ID (`told_id`), and the accounts it went into have it in their sums: each ID
says its own days again without overwriting what another one says. Measurements go to the account that lives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.ingest.lines import are_different, columns_of
from accounts.ingest.sql.traces import pack
from accounts.sql.aliases import STEPS
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

TABLES = ("accounts_account", "accounts_usagedaily")
COLUMNS = {
    "row_number": "integer", "account": "text", "metric": "text", "metric_name": "text", "day": "date", "measured_at": "timestamptz",
    "value": "numeric(18,4)", "active_users": "integer", "unit": "text", "aggregation": "text",
}  # fmt: skip

LARGEST = 10**14

# `is_each_once`: no two rows say the same day. `has_points`: some rows are measurements. What neither is true of is found out here.
PLAN = f"""
    WITH first AS MATERIALIZED (
        SELECT metric, unit, aggregation FROM staged_rows WHERE row_number IN (SELECT min(row_number) FROM staged_rows GROUP BY metric)
    ), known AS MATERIALIZED (
        SELECT given.*, coalesce(account.merged_into_id, account.id) AS account_id, account.id AS told_id, definition.key IS NOT NULL AS is_defined,
               coalesce(definition.unit, first.unit, '') AS known_unit, coalesce(definition.aggregation, first.aggregation, 'sum') AS known_aggregation
        FROM staged_rows given
        JOIN first ON first.metric = given.metric
        LEFT JOIN accounts_account account ON account.external_id = given.account
        LEFT JOIN accounts_metricdefinition definition ON definition.key = given.metric
    ), mixed AS MATERIALIZED (
        SELECT account_id, metric, day, true AS is_there FROM known WHERE %(has_points)s
        GROUP BY account_id, metric, day HAVING bool_or(measured_at IS NULL) AND bool_or(measured_at IS NOT NULL)
    ), step AS MATERIALIZED (
        SELECT absorbed_id, survivor_id FROM {STEPS} step
        WHERE survivor_id IN (SELECT told_id FROM known UNION SELECT account_id FROM known)
    ), inside AS MATERIALIZED (
        SELECT step.survivor_id AS account_id, usage.metric_id, usage.day, sum(usage.value) AS value, sum(usage.active_users) AS users
        FROM accounts_usagedaily usage JOIN step ON step.absorbed_id = usage.account_id
        JOIN accounts_metricdefinition definition ON definition.key = usage.metric_id AND definition.aggregation = 'sum'
        WHERE usage.account_id = ANY (ARRAY(SELECT absorbed_id FROM step)) AND usage.day BETWEEN %(first_on)s AND %(last_on)s
        GROUP BY 1, 2, 3
    ), judged AS MATERIALIZED (
        SELECT known.*, present.value - coalesce(inside.value, 0) AS present_value, present.active_users - coalesce(inside.users, 0) AS present_users,
               coalesce(inside.value, 0) AS inside_value, coalesce(inside.users, 0) AS inside_users, point.value AS point_value,
               CASE WHEN known.account_id IS NULL THEN 'unknown_account'
                    WHEN unit <> known_unit THEN 'other_unit'
                    WHEN aggregation <> known_aggregation THEN 'other_aggregation'
                    WHEN known.day > %(latest_on)s THEN 'in_the_future'
                    WHEN mixed.is_there THEN 'day_and_points'
                    WHEN known.measured_at IS NULL AND of_points.is_there THEN 'has_points'
                    WHEN known.measured_at IS NOT NULL AND present.value <> coalesce(inside.value, 0) AND of_points.is_there IS NULL
                         THEN 'is_whole' END AS problem
        FROM known
        LEFT JOIN accounts_usagedaily present
               ON present.account_id = CASE WHEN known.measured_at IS NULL THEN known.told_id ELSE known.account_id END
              AND present.metric_id = known.metric AND present.day = known.day AND present.day BETWEEN %(first_on)s AND %(last_on)s
        LEFT JOIN inside ON inside.account_id = CASE WHEN known.measured_at IS NULL THEN known.told_id ELSE known.account_id END
              AND inside.metric_id = known.metric AND inside.day = known.day
        LEFT JOIN mixed ON mixed.account_id = known.account_id AND mixed.metric = known.metric AND mixed.day = known.day
        LEFT JOIN ingest_metricpoint point
               ON point.account_id = known.account_id AND point.metric_id = known.metric AND point.measured_at = known.measured_at
        LEFT JOIN (
            SELECT DISTINCT point.account_id, point.metric_id, (point.measured_at AT TIME ZONE 'UTC')::date AS day, true AS is_there
            FROM ingest_metricpoint point
            WHERE (point.account_id, point.metric_id) IN (SELECT account_id, metric FROM known)
              AND point.measured_at >= %(first_on)s::timestamp AT TIME ZONE 'UTC'
              AND point.measured_at < (%(last_on)s::date + 1)::timestamp AT TIME ZONE 'UTC'
        ) of_points ON of_points.account_id = known.account_id AND of_points.metric_id = known.metric AND of_points.day = known.day
    ), days AS MATERIALIZED (
        SELECT told_id, metric, day,
               CASE min(known_aggregation) WHEN 'sum' THEN sum(value) WHEN 'max' THEN max(value)
                    ELSE (array_agg(value ORDER BY row_number DESC))[1] END AS day_value,
               max(active_users) AS day_users
        FROM judged WHERE NOT %(is_each_once)s AND problem IS NULL AND measured_at IS NULL GROUP BY told_id, metric, day
    ), points AS MATERIALIZED (
        SELECT DISTINCT ON (account_id, metric, measured_at) account_id, metric, measured_at, value AS last_value
        FROM judged WHERE %(has_points)s AND problem IS NULL AND measured_at IS NOT NULL
        ORDER BY account_id, metric, measured_at, row_number DESC
    ), told AS (
        SELECT judged.row_number, judged.account, judged.account_id, judged.told_id, judged.metric, judged.metric_name, judged.day,
               judged.measured_at, judged.value, judged.unit, judged.aggregation, judged.known_unit, judged.known_aggregation, judged.is_defined,
               judged.present_value, judged.present_users, judged.inside_value, judged.inside_users, judged.point_value, points.last_value,
               coalesce(CASE WHEN %(is_each_once)s THEN judged.active_users ELSE days.day_users END, judged.present_users) AS active_users,
               CASE WHEN %(is_each_once)s THEN judged.value ELSE days.day_value END AS day_value,
               CASE WHEN problem IS NULL AND abs(days.day_value) >= {LARGEST} THEN 'too_large' ELSE problem END AS problem
        FROM judged
        LEFT JOIN days ON judged.problem IS NULL AND judged.measured_at IS NULL
              AND (days.told_id, days.metric, days.day) = (judged.told_id, judged.metric, judged.day)
        LEFT JOIN points ON judged.problem IS NULL
              AND (points.account_id, points.metric, points.measured_at) = (judged.account_id, judged.metric, judged.measured_at)
    )
    SELECT told.*,
           CASE WHEN problem IS NOT NULL THEN 'fault'
                WHEN measured_at IS NOT NULL THEN
                    CASE WHEN point_value IS NULL THEN 'added' WHEN point_value <> last_value THEN 'updated' ELSE 'unchanged' END
                WHEN present_value IS NULL THEN 'added'
                WHEN (present_value, present_users) IS DISTINCT FROM (day_value, active_users) THEN 'updated' ELSE 'unchanged' END AS verdict
    FROM told
"""  # noqa: S608

# The same columns for rows that say whole days, each once and of this day or an earlier one, without unit or aggregation: most files. Rows that
# change nothing are left out. Where accounts were merged, or the day is made of measurements, `PLAN` has to look ('further').
_FURTHER = f"""(
    account.merged_into_id IS NOT NULL OR account.id IN (SELECT survivor_id FROM {STEPS} step)
    OR ((SELECT EXISTS (SELECT FROM ingest_metricpoint)) AND EXISTS (
        SELECT FROM ingest_metricpoint point WHERE point.account_id = account.id AND point.metric_id = given.metric
           AND point.measured_at >= given.day::timestamp AT TIME ZONE 'UTC' AND point.measured_at < (given.day + 1)::timestamp AT TIME ZONE 'UTC'))
)"""  # noqa: S608
PLAN_OF_DAYS = f"""
    SELECT given.row_number, given.account, account.id AS account_id, account.id AS told_id, given.metric, given.metric_name, given.day, given.measured_at,
           given.value, given.unit, given.aggregation, coalesce(definition.unit, '') AS known_unit, coalesce(definition.aggregation, 'sum') AS known_aggregation,
           definition.key IS NOT NULL AS is_defined, present.value AS present_value, present.active_users::bigint AS present_users,
           0::numeric AS inside_value, 0::bigint AS inside_users, NULL::numeric AS point_value, NULL::numeric AS last_value,
           coalesce(given.active_users, present.active_users)::bigint AS active_users, given.value::numeric AS day_value,
           CASE WHEN account.id IS NULL THEN 'unknown_account' END AS problem,
           CASE WHEN account.id IS NULL THEN 'fault' WHEN {_FURTHER} THEN 'further' WHEN present.value IS NULL THEN 'added' ELSE 'updated' END AS verdict
    FROM staged_rows given
    LEFT JOIN accounts_account account ON account.external_id = given.account
    LEFT JOIN accounts_metricdefinition definition ON definition.key = given.metric
    LEFT JOIN accounts_usagedaily present
           ON present.account_id = account.id AND present.metric_id = given.metric AND present.day = given.day
          AND present.day BETWEEN %(first_on)s AND %(last_on)s
    WHERE account.id IS NULL OR present.value IS NULL OR present.value <> given.value
       OR (given.active_users IS NOT NULL AND present.active_users IS DISTINCT FROM given.active_users) OR {_FURTHER}
"""  # noqa: S608
_HAS_FURTHER = "SELECT EXISTS (SELECT FROM planned_rows WHERE verdict = 'further')"
_KEEP_FURTHER = """
    DELETE FROM staged_rows WHERE row_number NOT IN (SELECT row_number FROM planned_rows WHERE verdict = 'further')
"""
_PLAN_FURTHER = ("DELETE FROM planned_rows WHERE verdict = 'further'", f"INSERT INTO planned_rows {PLAN}")

_WRITTEN = "planned.verdict IN ('added', 'updated')"
# From each ID that was merged away to every account it went into, one after the other.
_UPWARD = f"""(
    WITH RECURSIVE step AS MATERIALIZED (SELECT * FROM {STEPS} step), way AS (
        SELECT DISTINCT told_id, told_id AS account_id FROM planned_rows WHERE told_id <> account_id
        UNION SELECT way.told_id, step.survivor_id FROM way JOIN step ON step.absorbed_id = way.account_id
    )
    SELECT told_id, account_id FROM way WHERE told_id <> account_id
    UNION SELECT told_id, account_id FROM planned_rows WHERE told_id <> account_id
)"""  # noqa: S608
# Whole days that are added are kept for undoing by the statement that adds them.
DAYS = f"""
    SELECT min(row_number) AS row_number, account_id, metric_id, day FROM (
        SELECT planned.row_number, CASE WHEN measured_at IS NULL THEN told_id ELSE account_id END AS account_id, metric AS metric_id, day
        FROM planned_rows planned WHERE verdict = 'updated' OR (verdict = 'added' AND measured_at IS NOT NULL)
        UNION ALL
        SELECT planned.row_number, upward.account_id, planned.metric, planned.day
        FROM planned_rows planned JOIN {_UPWARD} upward USING (told_id)
        LEFT JOIN planned_rows own ON own.verdict = 'added' AND own.measured_at IS NULL
              AND (own.told_id, own.metric, own.day) = (upward.account_id, planned.metric, planned.day)
        WHERE {_WRITTEN} AND planned.measured_at IS NULL AND own.row_number IS NULL
    ) written GROUP BY account_id, metric_id, day
"""  # noqa: S608
POINTS = f"""
    SELECT min(planned.row_number) AS row_number, planned.account_id, planned.metric AS metric_id, planned.measured_at FROM planned_rows planned
    WHERE {_WRITTEN} AND planned.measured_at IS NOT NULL GROUP BY planned.account_id, planned.metric, planned.measured_at
"""  # noqa: S608
_NEW_METRICS = """
    SELECT DISTINCT metric FROM planned_rows WHERE verdict = 'added' AND NOT is_defined ORDER BY metric
"""
_DEFINE = """
    INSERT INTO accounts_metricdefinition (key, name, unit, aggregation)
    SELECT DISTINCT ON (metric) metric, metric_name, known_unit, known_aggregation
    FROM planned_rows WHERE verdict = 'added' AND NOT is_defined ORDER BY metric, row_number
    ON CONFLICT (key) DO NOTHING
"""
_REVISE = """
    UPDATE accounts_usagedaily usage SET value = planned.day_value + planned.inside_value, recorded_at = %(as_of)s,
        active_users = CASE WHEN planned.inside_users = 0 THEN planned.active_users ELSE coalesce(planned.active_users, 0) + planned.inside_users END
    FROM planned_rows planned
    WHERE planned.verdict = 'updated' AND planned.measured_at IS NULL
      AND usage.account_id = planned.told_id AND usage.metric_id = planned.metric AND usage.day = planned.day
"""
_ADD = """
    INSERT INTO accounts_usagedaily AS usage (account_id, metric_id, day, value, active_users, recorded_at)
    SELECT told_id, metric, day, day_value, active_users, %(as_of)s FROM planned_rows WHERE verdict = 'added' AND measured_at IS NULL
    ORDER BY told_id, metric, day
    ON CONFLICT (account_id, metric_id, day) DO NOTHING
"""
# A day that somebody else added at the same moment has another version, and so undoing leaves it alone.
_ADDED = """
    SELECT row_number, told_id AS id, metric, day, coalesce((SELECT version FROM added LIMIT 1), 0) AS version
    FROM planned_rows WHERE verdict = 'added' AND measured_at IS NULL
"""
_ADD_AND_KEEP = f"""
    WITH added AS ({_ADD} RETURNING usage.xmin::text::bigint AS version)
    {pack("accounts_usagedaily", _ADDED, rest=("metric", "day"))}
"""
# What an ID that was merged away says moves the sums of the accounts it went into. A metric that is no sum counts there unless they say their own.
_CARRY = f"""
    INSERT INTO accounts_usagedaily AS present (account_id, metric_id, day, value, active_users, recorded_at)
    SELECT upward.account_id, told.metric, told.day,
           CASE definition.aggregation WHEN 'sum' THEN sum(told.day_value - coalesce(told.present_value, 0)) ELSE max(told.day_value) END,
           sum(told.active_users - coalesce(told.present_users, 0)), %(as_of)s
    FROM (
        SELECT DISTINCT told_id, metric, day, day_value, present_value, active_users, present_users
        FROM planned_rows planned WHERE {_WRITTEN} AND measured_at IS NULL AND told_id <> account_id
    ) told
    JOIN {_UPWARD} upward USING (told_id)
    JOIN accounts_metricdefinition definition ON definition.key = told.metric
    GROUP BY upward.account_id, told.metric, told.day, definition.aggregation
    ORDER BY 1, 2, 3
    ON CONFLICT (account_id, metric_id, day) DO UPDATE SET recorded_at = excluded.recorded_at,
        value = CASE WHEN EXISTS (SELECT FROM accounts_metricdefinition metric WHERE metric.key = present.metric_id AND metric.aggregation = 'sum')
                     THEN present.value + excluded.value
                     WHEN EXISTS (SELECT FROM planned_rows told WHERE told.metric = present.metric_id AND told.day = present.day
                                  AND told.told_id <> told.account_id AND told.present_value = present.value) THEN excluded.value
                     ELSE present.value END,
        active_users = CASE WHEN present.active_users IS NULL AND excluded.active_users IS NULL THEN NULL
                            ELSE greatest(coalesce(present.active_users, 0) + coalesce(excluded.active_users, 0), 0) END
"""  # noqa: S608
_KEEP_POINTS = f"""
    INSERT INTO ingest_metricpoint AS point (account_id, metric_id, measured_at, value, recorded_at)
    SELECT DISTINCT account_id, metric, measured_at, last_value, %(as_of)s::timestamptz
    FROM planned_rows planned WHERE {_WRITTEN} AND measured_at IS NOT NULL ORDER BY account_id, metric, measured_at
    ON CONFLICT (account_id, metric_id, measured_at) DO UPDATE SET value = excluded.value, recorded_at = excluded.recorded_at
"""  # noqa: S608
_ADD_UP_POINTS = f"""
    INSERT INTO accounts_usagedaily AS usage (account_id, metric_id, day, value, recorded_at)
    SELECT point.account_id, point.metric_id, changed.day,
           CASE min(definition.aggregation) WHEN 'sum' THEN sum(point.value) + coalesce(min(whole.value), 0) WHEN 'max' THEN max(point.value)
                ELSE (array_agg(point.value ORDER BY point.measured_at DESC))[1] END, %(as_of)s
    FROM (
        SELECT DISTINCT account_id, metric, day FROM planned_rows planned WHERE {_WRITTEN} AND measured_at IS NOT NULL
    ) changed
    JOIN accounts_metricdefinition definition ON definition.key = changed.metric
    JOIN ingest_metricpoint point ON point.account_id = changed.account_id AND point.metric_id = changed.metric
     AND point.measured_at >= changed.day::timestamp AT TIME ZONE 'UTC' AND point.measured_at < (changed.day + 1)::timestamp AT TIME ZONE 'UTC'
    LEFT JOIN (
        SELECT step.survivor_id AS account_id, usage.metric_id, usage.day, sum(usage.value) AS value
        FROM {STEPS} step JOIN accounts_usagedaily usage ON usage.account_id = step.absorbed_id
        WHERE step.survivor_id IN (SELECT account_id FROM planned_rows)
          AND NOT EXISTS (SELECT FROM ingest_metricpoint theirs WHERE theirs.account_id = usage.account_id AND theirs.metric_id = usage.metric_id
                          AND (theirs.measured_at AT TIME ZONE 'UTC')::date = usage.day)
        GROUP BY 1, 2, 3
    ) whole ON whole.account_id = changed.account_id AND whole.metric_id = changed.metric AND whole.day = changed.day
    GROUP BY point.account_id, point.metric_id, changed.day
    ORDER BY point.account_id, point.metric_id, changed.day
    ON CONFLICT (account_id, metric_id, day) DO UPDATE SET value = excluded.value, recorded_at = excluded.recorded_at
    WHERE usage.value <> excluded.value
"""  # noqa: S608
_ACCOUNT, _METRIC, _DAY, _MEASURED_AT, _UNIT, _AGGREGATION = (
    list(COLUMNS).index(name) for name in ("account", "metric", "day", "measured_at", "unit", "aggregation")
)


def told_by(lines: Sequence[tuple[Any, ...]], *, latest_on: date) -> dict[str, Any]:
    """What the plan is told about the lines: whether each day is said once and whether some are measurements; the first day and the last.

    `are_days`: the lines are such as `PLAN_OF_DAYS` takes.
    """
    columns = columns_of(lines)
    days = set(columns[_DAY])
    has_points = any(columns[_MEASURED_AT])
    is_each_once = not has_points and are_different([columns[at] for at in (_ACCOUNT, _METRIC, _DAY)])
    says_more = any(columns[_UNIT]) or any(columns[_AGGREGATION])
    return {
        "first_on": min(days),
        "last_on": (last_on := max(days)),
        "has_points": has_points,
        "is_each_once": is_each_once,
        "are_days": is_each_once and not says_more and last_on <= latest_on,
    }


def plan_further(given: Mapping[str, Any]) -> bool:
    """Plan anew the rows that `PLAN_OF_DAYS` did not decide on; whether there are any."""
    if not sql.rows(_HAS_FURTHER)[0][0]:
        return False
    for statement in (_KEEP_FURTHER, *_PLAN_FURTHER):
        sql.execute(statement, given)
    return True


def writes_of_days(*, adds: bool, revises: bool, keeps: bool) -> tuple[str, ...]:
    """The statements that write what is planned of accounts that were not merged. `keeps`: for undoing the import."""
    add = _ADD_AND_KEEP if keeps else _ADD
    return (*((_REVISE,) if revises else ()), *((_DEFINE, add) if adds else ()))


def writes(*, has_points: bool, keeps: bool) -> tuple[str, ...]:
    """The statements that write whatever is planned."""
    days = writes_of_days(adds=True, revises=True, keeps=keeps)
    return (*days, _CARRY, *((_KEEP_POINTS, _ADD_UP_POINTS) if has_points else ()))


def new_metrics() -> list[Any]:
    """Keys of metrics that are counted for the first time."""
    return [key for (key,) in sql.rows(_NEW_METRICS)]
