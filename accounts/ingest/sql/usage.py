"""Usage in SQL: staged rows against the days that are there."""

from __future__ import annotations

from typing import Any

from cshub.db import sql

TABLES = ("accounts_usagedaily",)
COLUMNS = {
    "row_number": "integer", "account": "text", "metric": "text", "metric_name": "text", "day": "date", "value": "numeric(18,4)", "active_users": "integer",
}  # fmt: skip

PLAN = """
    WITH merged AS (
        SELECT given.row_number, given.account, given.metric, given.metric_name, given.day, given.value, account.id AS account_id,
               present.value AS present_value, present.active_users AS present_users, coalesce(given.active_users, present.active_users) AS active_users
        FROM staged_rows given
        LEFT JOIN accounts_account account ON account.external_id = given.account
        LEFT JOIN accounts_usagedaily present
               ON present.account_id = account.id AND present.metric_id = given.metric AND present.day = given.day
    )
    SELECT merged.*, CASE WHEN account_id IS NULL THEN 'fault' WHEN present_value IS NULL THEN 'added'
                          WHEN (present_value, present_users) IS DISTINCT FROM (value, active_users) THEN 'updated' ELSE 'unchanged' END AS verdict
    FROM merged
"""

DAYS = """
    SELECT planned.row_number, planned.account_id, planned.metric AS metric_id, planned.day FROM planned_rows planned
    WHERE planned.verdict IN ('added', 'updated')
"""
_UNKNOWN = "SELECT row_number, account FROM planned_rows WHERE verdict = 'fault' ORDER BY row_number"
_NEW_METRICS = """
    SELECT DISTINCT ON (planned.metric) planned.metric, planned.metric_name FROM planned_rows planned
    WHERE planned.verdict = 'added' AND NOT EXISTS (SELECT FROM accounts_metricdefinition known WHERE known.key = planned.metric)
    ORDER BY planned.metric, planned.row_number
"""
_DEFINE = """
    INSERT INTO accounts_metricdefinition (key, name, unit, aggregation)
    SELECT key, name, '', 'sum' FROM unnest(%(keys)s::text[], %(names)s::text[]) AS given(key, name)
    ON CONFLICT (key) DO NOTHING
"""
_REVISE = """
    UPDATE accounts_usagedaily usage SET value = planned.value, active_users = planned.active_users, recorded_at = %(as_of)s
    FROM planned_rows planned
    WHERE planned.verdict = 'updated' AND usage.account_id = planned.account_id AND usage.metric_id = planned.metric AND usage.day = planned.day
"""
_ADD = """
    INSERT INTO accounts_usagedaily (account_id, metric_id, day, value, active_users, recorded_at)
    SELECT account_id, metric, day, value, active_users, %(as_of)s FROM planned_rows WHERE verdict = 'added'
    ORDER BY account_id, metric, day
    ON CONFLICT (account_id, metric_id, day) DO NOTHING
"""


def unknown_accounts() -> list[tuple[Any, ...]]:
    """Row number and account of rows whose account nobody knows."""
    return sql.rows(_UNKNOWN)


def new_metrics() -> list[tuple[Any, ...]]:
    """Key and name of metrics that are counted for the first time."""
    return sql.rows(_NEW_METRICS)


def write(given: dict[str, Any]) -> None:
    """Define new metrics, change the days that differ, add the missing ones."""
    sql.execute(_DEFINE, given)
    sql.execute(_REVISE, given)
    sql.execute(_ADD, given)
