"""Usage in SQL: staged rows against the days and measurements that are there.

A row with a day says the whole day; several of them in one go are put together by the metric's aggregation. A row with a moment is one
measurement: those are kept, and the day follows from all of them, in whatever order they came.
"""

from __future__ import annotations

from typing import Any

from cshub.db import sql

TABLES = ("accounts_account", "accounts_usagedaily")
COLUMNS = {
    "row_number": "integer", "account": "text", "metric": "text", "metric_name": "text", "day": "date", "measured_at": "timestamptz",
    "value": "numeric(18,4)", "active_users": "integer", "unit": "text", "aggregation": "text",
}  # fmt: skip

LARGEST = 10**14

PLAN = f"""
    WITH known AS MATERIALIZED (
        SELECT given.*, account.id AS account_id, survivor.name AS survivor, definition.key IS NOT NULL AS is_defined,
               coalesce(definition.unit, first_value(given.unit) OVER of_metric, '') AS known_unit,
               coalesce(definition.aggregation, first_value(given.aggregation) OVER of_metric, 'sum') AS known_aggregation,
               bool_or(given.measured_at IS NOT NULL) OVER of_day AS has_points, bool_or(given.measured_at IS NULL) OVER of_day AS has_whole
        FROM staged_rows given
        LEFT JOIN accounts_account account ON account.external_id = given.account
        LEFT JOIN accounts_account survivor ON survivor.id = account.merged_into_id
        LEFT JOIN accounts_metricdefinition definition ON definition.key = given.metric
        WINDOW of_metric AS (PARTITION BY given.metric ORDER BY given.row_number), of_day AS (PARTITION BY given.account, given.metric, given.day)
    ), judged AS MATERIALIZED (
        SELECT known.*, present.value AS present_value, present.active_users AS present_users, point.value AS point_value,
               CASE WHEN known.account_id IS NULL THEN 'unknown_account'
                    WHEN survivor IS NOT NULL THEN 'merged_away'
                    WHEN unit <> known_unit THEN 'other_unit'
                    WHEN aggregation <> known_aggregation THEN 'other_aggregation'
                    WHEN known.day > %(latest_on)s THEN 'in_the_future'
                    WHEN has_points AND has_whole THEN 'day_and_points'
                    WHEN known.measured_at IS NULL AND of_points.is_there THEN 'has_points'
                    WHEN known.measured_at IS NOT NULL AND present.value IS NOT NULL AND of_points.is_there IS NULL THEN 'is_whole' END AS problem
        FROM known
        LEFT JOIN accounts_usagedaily present
               ON present.account_id = known.account_id AND present.metric_id = known.metric AND present.day = known.day
        LEFT JOIN ingest_metricpoint point
               ON point.account_id = known.account_id AND point.metric_id = known.metric AND point.measured_at = known.measured_at
        LEFT JOIN (
            SELECT DISTINCT point.account_id, point.metric_id, (point.measured_at AT TIME ZONE 'UTC')::date AS day, true AS is_there
            FROM ingest_metricpoint point
            WHERE (point.account_id, point.metric_id) IN (SELECT account_id, metric FROM known)
              AND point.measured_at >= (SELECT min(day)::timestamp AT TIME ZONE 'UTC' FROM known)
              AND point.measured_at < (SELECT (max(day) + 1)::timestamp AT TIME ZONE 'UTC' FROM known)
        ) of_points ON of_points.account_id = known.account_id AND of_points.metric_id = known.metric AND of_points.day = known.day
    ), days AS MATERIALIZED (
        SELECT account_id, metric, day,
               CASE min(known_aggregation) WHEN 'sum' THEN sum(value) WHEN 'max' THEN max(value)
                    ELSE (array_agg(value ORDER BY row_number DESC))[1] END AS day_value,
               max(active_users) AS day_users
        FROM judged WHERE problem IS NULL AND measured_at IS NULL GROUP BY account_id, metric, day
    ), points AS MATERIALIZED (
        SELECT DISTINCT ON (account_id, metric, measured_at) account_id, metric, measured_at, value AS last_value
        FROM judged WHERE problem IS NULL AND measured_at IS NOT NULL ORDER BY account_id, metric, measured_at, row_number DESC
    ), told AS (
        SELECT judged.row_number, judged.account, judged.account_id, judged.survivor, judged.metric, judged.metric_name, judged.day,
               judged.measured_at, judged.value, judged.unit, judged.aggregation, judged.known_unit, judged.known_aggregation, judged.is_defined,
               judged.present_value, judged.present_users, judged.point_value, points.last_value,
               coalesce(days.day_users, judged.present_users) AS active_users, days.day_value,
               CASE WHEN problem IS NULL AND abs(days.day_value) >= {LARGEST} THEN 'too_large' ELSE problem END AS problem
        FROM judged
        LEFT JOIN days ON judged.problem IS NULL AND judged.measured_at IS NULL
              AND (days.account_id, days.metric, days.day) = (judged.account_id, judged.metric, judged.day)
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

_WRITTEN = "planned.verdict IN ('added', 'updated')"
DAYS = f"""
    SELECT min(planned.row_number) AS row_number, planned.account_id, planned.metric AS metric_id, planned.day FROM planned_rows planned
    WHERE {_WRITTEN} GROUP BY planned.account_id, planned.metric, planned.day
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
    UPDATE accounts_usagedaily usage SET value = planned.day_value, active_users = planned.active_users, recorded_at = %(as_of)s
    FROM planned_rows planned
    WHERE planned.verdict = 'updated' AND planned.measured_at IS NULL
      AND usage.account_id = planned.account_id AND usage.metric_id = planned.metric AND usage.day = planned.day
"""
_ADD = """
    INSERT INTO accounts_usagedaily (account_id, metric_id, day, value, active_users, recorded_at)
    SELECT account_id, metric, day, day_value, active_users, %(as_of)s FROM planned_rows WHERE verdict = 'added' AND measured_at IS NULL
    ORDER BY account_id, metric, day
    ON CONFLICT (account_id, metric_id, day) DO NOTHING
"""
_KEEP_POINTS = f"""
    INSERT INTO ingest_metricpoint AS point (account_id, metric_id, measured_at, value, recorded_at)
    SELECT DISTINCT account_id, metric, measured_at, last_value, %(as_of)s::timestamptz
    FROM planned_rows planned WHERE {_WRITTEN} AND measured_at IS NOT NULL ORDER BY account_id, metric, measured_at
    ON CONFLICT (account_id, metric_id, measured_at) DO UPDATE SET value = excluded.value, recorded_at = excluded.recorded_at
"""  # noqa: S608
_ADD_UP_POINTS = f"""
    INSERT INTO accounts_usagedaily AS usage (account_id, metric_id, day, value, recorded_at)
    SELECT point.account_id, point.metric_id, changed.day,
           CASE min(definition.aggregation) WHEN 'sum' THEN sum(point.value) WHEN 'max' THEN max(point.value)
                ELSE (array_agg(point.value ORDER BY point.measured_at DESC))[1] END, %(as_of)s
    FROM (
        SELECT DISTINCT account_id, metric, day FROM planned_rows planned WHERE {_WRITTEN} AND measured_at IS NOT NULL
    ) changed
    JOIN accounts_metricdefinition definition ON definition.key = changed.metric
    JOIN ingest_metricpoint point ON point.account_id = changed.account_id AND point.metric_id = changed.metric
     AND point.measured_at >= changed.day::timestamp AT TIME ZONE 'UTC' AND point.measured_at < (changed.day + 1)::timestamp AT TIME ZONE 'UTC'
    GROUP BY point.account_id, point.metric_id, changed.day
    ORDER BY point.account_id, point.metric_id, changed.day
    ON CONFLICT (account_id, metric_id, day) DO UPDATE SET value = excluded.value, recorded_at = excluded.recorded_at
    WHERE usage.value <> excluded.value
"""  # noqa: S608
WRITES = (_DEFINE, _REVISE, _ADD, _KEEP_POINTS, _ADD_UP_POINTS)


def new_metrics() -> list[Any]:
    """Keys of metrics that are counted for the first time."""
    return [key for (key,) in sql.rows(_NEW_METRICS)]
