"""Usage of accounts that become one, and come apart again: days and measurements are taken over, and what was recorded stays where it was.

A day of the survivor is what it said itself and what the accounts that went into it said, which keep their own rows. Measurements
(`ingest_metricpoint`) are copied in the same way, since a later one makes its day anew from all that are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

# Sums add up. A metric that is no sum is taken over only where the survivor has none of its own.
_TAKEN = """
        (metric.aggregation = 'sum'
         OR NOT EXISTS (SELECT FROM accounts_usagedaily own WHERE own.account_id = %(target)s AND own.metric_id = given.metric_id))
"""
# Not taken over: a measurement of a moment that the survivor has one of, and of a day that it told as a whole.
_COPY = f"""
    INSERT INTO ingest_metricpoint (account_id, metric_id, measured_at, value, recorded_at)
    SELECT %(target)s, given.metric_id, given.measured_at, given.value, %(as_of)s
    FROM ingest_metricpoint given JOIN accounts_metricdefinition metric ON metric.key = given.metric_id
    WHERE given.account_id = %(source)s AND {_TAKEN}
      AND (EXISTS (SELECT FROM ingest_metricpoint own WHERE own.account_id = %(target)s AND own.metric_id = given.metric_id
                   AND (own.measured_at AT TIME ZONE 'UTC')::date = (given.measured_at AT TIME ZONE 'UTC')::date)
           OR NOT EXISTS (SELECT FROM accounts_usagedaily own WHERE own.account_id = %(target)s AND own.metric_id = given.metric_id
                          AND own.day = (given.measured_at AT TIME ZONE 'UTC')::date))
    ON CONFLICT (account_id, metric_id, measured_at) DO NOTHING
    RETURNING metric_id, measured_at
"""  # noqa: S608
_TWICE = """
        SELECT theirs.metric_id, (theirs.measured_at AT TIME ZONE 'UTC')::date AS day, sum(theirs.value) AS value, count(*) AS point_count
        FROM ingest_metricpoint theirs JOIN ingest_metricpoint own USING (metric_id, measured_at)
        WHERE theirs.account_id = %({gone})s AND own.account_id = %({kept})s {chosen} GROUP BY 1, 2
"""
_ADD = f"""
    WITH twice AS MATERIALIZED ({_TWICE.format(gone="source", kept="target", chosen="")}), copied AS ({_COPY}), added AS (
        INSERT INTO accounts_usagedaily AS present (account_id, metric_id, day, value, active_users, recorded_at)
        SELECT %(target)s, given.metric_id, given.day, given.value - coalesce(twice.value, 0), given.active_users, %(as_of)s
        FROM accounts_usagedaily given JOIN accounts_metricdefinition metric ON metric.key = given.metric_id
        LEFT JOIN twice ON twice.metric_id = given.metric_id AND twice.day = given.day AND metric.aggregation = 'sum'
        WHERE given.account_id = %(source)s AND {_TAKEN}
        ON CONFLICT (account_id, metric_id, day) DO UPDATE
        SET value = present.value + excluded.value,
            active_users = CASE WHEN present.active_users IS NULL AND excluded.active_users IS NULL THEN NULL
                                ELSE coalesce(present.active_users, 0) + coalesce(excluded.active_users, 0) END
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM copied), (SELECT count(*) FROM ingest_metricpoint WHERE account_id = %(source)s),
           (SELECT coalesce(sum(point_count), 0) FROM twice)
"""  # noqa: S608
_TAKE_BACK = f"""
    WITH twice AS MATERIALIZED ({_TWICE.format(gone="target", kept="source", chosen="AND own.recorded_at <> %(merged_at)s")}), taken AS (
        DELETE FROM ingest_metricpoint copy USING ingest_metricpoint given
        WHERE copy.account_id = %(source)s AND copy.recorded_at = %(merged_at)s AND given.account_id = %(target)s
          AND (given.metric_id, given.measured_at) = (copy.metric_id, copy.measured_at)
    )
    UPDATE accounts_usagedaily present
    SET value = present.value - (given.value - coalesce(twice.value, 0)),
        active_users = greatest(present.active_users - coalesce(given.active_users, 0), 0)
    FROM accounts_usagedaily given JOIN accounts_metricdefinition metric ON metric.key = given.metric_id
    LEFT JOIN twice ON twice.metric_id = given.metric_id AND twice.day = given.day AND metric.aggregation = 'sum'
    WHERE given.account_id = %(target)s
      AND present.account_id = %(source)s AND present.metric_id = given.metric_id AND present.day = given.day
      AND (metric.aggregation = 'sum' OR present.recorded_at IN (%(merged_at)s, given.recorded_at))
"""  # noqa: S608
_DROP_EMPTY = """
    DELETE FROM accounts_usagedaily empty USING accounts_usagedaily given
    WHERE empty.account_id = %(source)s AND empty.value = 0 AND given.account_id = %(target)s
      AND (given.metric_id, given.day) = (empty.metric_id, empty.day) AND empty.recorded_at IN (%(merged_at)s, given.recorded_at)
"""


def take_over(*, source: UUID, target: UUID, as_of: datetime) -> dict[str, Any]:
    """Add the days of `source` to those of `target`, and copy its measurements. `measurements`: how many were copied; `measurements_left`:
    how many were not; `measurements_twice`: of those, how many because `target` has one of the same metric and moment.
    """
    [(copied, all_of_them, twice)] = sql.rows(_ADD, {"source": source, "target": target, "as_of": as_of})
    return {
        "measurements": copied,
        "measurements_left": all_of_them - copied,
        "measurements_twice": int(twice),
    }


def take_back(*, source: UUID, target: UUID, merged_at: datetime) -> None:
    """Take the days and measurements that `target` brought along, and the days it told since, off those of `source`."""
    values = {"source": source, "target": target, "merged_at": merged_at}
    sql.execute(_TAKE_BACK, values)
    sql.execute(_DROP_EMPTY, values)
