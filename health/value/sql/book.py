"""What the customers of the whole book are worth, summed up by currency and tier, and why the value of some is not known."""

from __future__ import annotations

from typing import Any

from cshub.db import sql

# An account whose value has no interval stands in its ends with the value itself.
TIERS = """
    SELECT v.currency, v.tier, count(*) AS count, coalesce(sum(r.arr) FILTER (WHERE r.currency = v.currency), 0) AS arr,
        sum(v.amount) AS amount, sum(coalesce(v.low, v.amount)) AS low, sum(coalesce(v.high, v.amount)) AS high,
        sum(v.cost) AS cost
    FROM value_accountvalue v LEFT JOIN accounts_accountrevenue r ON r.account_id = v.account_id
    GROUP BY 1, 2 ORDER BY sum(count(v.amount)) OVER (PARTITION BY v.currency) DESC, 1, array_position(ARRAY['high', 'middle', 'low', 'loss', 'unknown'], v.tier::text)
"""
KINDS = """
    SELECT method, refusal, cost_refusal, count(*) AS count, min(margin) AS least_margin, max(margin) AS most_margin, max(computed_at) AS told_at
    FROM value_accountvalue GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3
"""


def tiers() -> list[Any]:
    """Rows by currency, the most common first, and tier from the most valuable down. One query."""
    return sql.named(TIERS, {})


def kinds() -> list[Any]:
    """How many customers are valued by which method or, and why, not; margins and the latest valuation. One query."""
    return sql.named(KINDS, {})
