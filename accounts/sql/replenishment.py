"""Run-out dates in SQL: the arithmetic of accounts.engine.run_out over every account and product at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.sql.planner import many_rows
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

# Accounts with an order that changed since the last time (an hour of overlap for those that were still being written then), that were
# merged or split since, or whose run-out dates outlived their orders.
_CHANGED = """
    WITH last AS (SELECT max(computed_at) - interval '1 hour' AS computed_at FROM accounts_replenishment)
    SELECT DISTINCT placed.account_id FROM accounts_order placed, last
    WHERE last.computed_at IS NULL OR placed.updated_at > last.computed_at
    UNION
    SELECT side.account_id
    FROM accounts_accountmerge merge, last, LATERAL (VALUES (merge.survivor_id), (merge.absorbed_id)) side(account_id)
    WHERE merge.recorded_at > last.computed_at
    UNION
    SELECT kept.account_id FROM accounts_replenishment kept
    WHERE NOT EXISTS (
        SELECT FROM accounts_order placed
        WHERE placed.account_id = kept.account_id AND placed.ordered_on = kept.last_ordered_on AND placed.status = 'placed')
"""

_COLUMNS = (
    "order_count, last_ordered_on, last_quantity, typical_days, runs_out_on, runs_out_from, runs_out_until, computed_at"
)

_REFRESH = f"""
    WITH day AS MATERIALIZED (
        SELECT placed.account_id, line.product_id, placed.ordered_on, sum(line.quantity) AS quantity
        FROM accounts_order placed JOIN accounts_orderline line ON line.order_id = placed.id
        WHERE placed.status = 'placed' AND placed.ordered_on <= %(today)s AND placed.account_id = ANY(%(accounts)s::uuid[])
        GROUP BY placed.account_id, line.product_id, placed.ordered_on
    ), gap AS (
        SELECT day.*, lead(ordered_on) OVER history - ordered_on AS days
        FROM day WINDOW history AS (PARTITION BY account_id, product_id ORDER BY ordered_on)
    ), spread AS (
        SELECT account_id, product_id, count(*) AS order_count, max(ordered_on) AS last_ordered_on,
               max(quantity) FILTER (WHERE days IS NULL) AS last_quantity, count(days) AS gaps,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS typical_days,
               avg(ln(days / quantity::float8)) AS mean, stddev_samp(ln(days / quantity::float8)) AS deviation
        FROM gap GROUP BY account_id, product_id
    ), width AS (
        SELECT spread.*, mean + ln(last_quantity::float8) AS middle,
               (%(quantiles)s::float8[])[least(gaps - 1, cardinality(%(quantiles)s::float8[]))] * deviation * sqrt(1 + 1.0 / gaps) AS width
        FROM spread WHERE order_count >= %(fewest)s
    ), wanted AS MATERIALIZED (
        SELECT spread.account_id, spread.product_id, spread.order_count, spread.last_ordered_on, spread.last_quantity,
               round(spread.typical_days::numeric, 2) AS typical_days,
               CASE WHEN middle <= ln(%(farthest)s) THEN spread.last_ordered_on + round(exp(middle))::int END AS runs_out_on,
               CASE WHEN middle - width <= ln(%(farthest)s) THEN spread.last_ordered_on + floor(exp(middle - width))::int END AS runs_out_from,
               CASE WHEN middle + width <= ln(%(farthest)s) THEN spread.last_ordered_on + ceil(exp(middle + width))::int END AS runs_out_until,
               %(as_of)s::timestamptz AS computed_at
        FROM spread LEFT JOIN width USING (account_id, product_id)
    ), dropped AS (
        DELETE FROM accounts_replenishment kept
        WHERE kept.account_id = ANY(%(accounts)s::uuid[])
          AND NOT EXISTS (SELECT FROM wanted WHERE wanted.account_id = kept.account_id AND wanted.product_id = kept.product_id)
        RETURNING 1
    ), written AS (
        INSERT INTO accounts_replenishment AS kept (account_id, product_id, {_COLUMNS})
        SELECT account_id, product_id, {_COLUMNS} FROM wanted ORDER BY account_id, product_id
        ON CONFLICT (account_id, product_id) DO UPDATE
        SET ({_COLUMNS}) = (excluded.order_count, excluded.last_ordered_on, excluded.last_quantity, excluded.typical_days,
                            excluded.runs_out_on, excluded.runs_out_from, excluded.runs_out_until, excluded.computed_at)
        WHERE (kept.order_count, kept.last_ordered_on, kept.last_quantity, kept.typical_days,
               kept.runs_out_on, kept.runs_out_from, kept.runs_out_until)
              IS DISTINCT FROM (excluded.order_count, excluded.last_ordered_on, excluded.last_quantity, excluded.typical_days,
                                excluded.runs_out_on, excluded.runs_out_from, excluded.runs_out_until)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM dropped) + (SELECT count(*) FROM written)
"""  # noqa: S608

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('replenishment:' || current_schema(), 0))"


def changed_accounts() -> list[UUID]:
    """Accounts whose run-out dates may have moved. One turn at a time looks."""
    sql.rows(_LOCK)
    return [account for (account,) in sql.rows(_CHANGED)]


def refresh(
    accounts: Sequence[UUID], *, quantiles: Sequence[float], fewest: int, farthest: int, as_of: datetime
) -> int:
    """Write the run-out dates of the accounts anew where they differ; how many were written or dropped."""
    given: dict[str, Any] = {
        "accounts": accounts,
        "today": as_of.date(),
        "quantiles": list(quantiles),
        "fewest": fewest,
        "farthest": float(farthest),
        "as_of": as_of,
    }
    with many_rows("accounts_order", "accounts_orderline"):
        return int(sql.rows(_REFRESH, given)[0][0])
