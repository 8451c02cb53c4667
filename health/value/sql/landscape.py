"""Customers by value and cost to serve: medians, the four sides of them, and counts on a grid, whatever their number."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from health.sql.rollups import Narrow

_CUSTOMERS = """
    accounts_account a LEFT JOIN accounts_accountrevenue r ON r.account_id = a.id LEFT JOIN value_accountvalue v ON v.account_id = a.id
    WHERE a.status IN ('onboarding', 'active') AND (%(owner)s::uuid IS NULL OR a.owner_id = %(owner)s)
        AND (%(segment)s::text IS NULL OR a.segment = %(segment)s)
        AND (%(in_segment)s::uuid IS NULL OR EXISTS (
            SELECT FROM segments_segmentmembership m WHERE m.account_id = a.id AND m.segment_id = %(in_segment)s AND m.left_at IS NULL))
"""
CURRENCIES = f"""
    SELECT CASE WHEN v.amount IS NOT NULL AND v.cost IS NOT NULL THEN v.currency END AS currency, count(*) AS count
    FROM {_CUSTOMERS} GROUP BY 1 ORDER BY 1 IS NULL, 2 DESC, 1
"""  # noqa: S608  # no value from outside
_KNOWN = f"""
    known AS MATERIALIZED (
        SELECT v.amount, v.cost, coalesce(r.arr, 0) AS arr FROM {_CUSTOMERS} AND v.amount IS NOT NULL AND v.cost IS NOT NULL AND v.currency = %(currency)s
    )
"""  # noqa: S608  # no value from outside
QUADRANTS = f"""
    WITH {_KNOWN}, middle AS (
        SELECT round(percentile_disc(0.5) WITHIN GROUP (ORDER BY amount), 2) AS amount_median, round(percentile_disc(0.5) WITHIN GROUP (ORDER BY cost), 2) AS cost_median,
            min(amount)::float8 AS least_amount, max(amount)::float8 AS most_amount, min(cost)::float8 AS least_cost, max(cost)::float8 AS most_cost
        FROM known
    )
    SELECT middle.*, sides.is_valuable, sides.is_costly, count(known.amount) AS count, coalesce(sum(known.arr), 0) AS arr,
        coalesce(sum(known.amount), 0) AS amount, coalesce(sum(known.cost), 0) AS cost
    FROM middle CROSS JOIN (VALUES (true, false), (true, true), (false, false), (false, true)) AS sides(is_valuable, is_costly)
    LEFT JOIN known ON (known.amount >= middle.amount_median) = sides.is_valuable AND (known.cost >= middle.cost_median) = sides.is_costly
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY sides.is_valuable DESC, sides.is_costly
"""  # noqa: S608  # no value from outside
# Both scales are logarithmic from 1 unit of money up.
BINS = f"""
    WITH {_KNOWN}, placed AS (
        SELECT width_bucket(ln(greatest(cost, 1))::float8, %(cost_low)s, %(cost_high)s, %(across)s) - 1 AS across,
            width_bucket(ln(greatest(amount, 1))::float8, %(amount_low)s, %(amount_high)s, %(up)s) - 1 AS up
        FROM known
    )
    SELECT across, up, count(*) AS count FROM placed GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608  # no value from outside


def currencies(chosen: Narrow) -> list[Any]:
    """How many customers have value and cost in each currency, the most common first; currency null where one of the two is not known."""
    return sql.named(CURRENCIES, asdict(chosen))


def quadrants(chosen: Narrow, *, currency: str) -> list[Any]:
    """Four rows, each with medians and bounds of all. An account at a median is on the upper side."""
    return sql.named(QUADRANTS, {**asdict(chosen), "currency": currency})


def bins(
    chosen: Narrow,
    *,
    currency: str,
    scales: tuple[tuple[float, float], tuple[float, float]],
    across: int,
    up: int,
) -> list[Any]:
    """Counts on a grid; `scales` are the ends of amounts and of costs as natural logarithms, the upper ones above everything."""
    (amount_low, amount_high), (cost_low, cost_high) = scales
    return sql.named(
        BINS,
        {
            **asdict(chosen), "currency": currency, "across": across, "up": up,
            "amount_low": amount_low, "amount_high": amount_high, "cost_low": cost_low, "cost_high": cost_high,
        },
    )  # fmt: skip
