"""How an account buys, and how all do, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

# Days with orders, so that one purchase that was booked in parts counts once; sizes in the currency that most orders are in.
_HABITS = """
    WITH placed AS MATERIALIZED (
        SELECT ordered_on, amount, currency FROM accounts_order
        WHERE account_id = %(account)s AND status = 'placed' AND recorded_at <= %(as_of)s
          AND ordered_on > %(since)s AND ordered_on <= %(today)s
    ), main AS (
        SELECT currency FROM placed GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1
    ), gap AS (
        SELECT lead(ordered_on) OVER (ORDER BY ordered_on) - ordered_on AS days FROM (SELECT DISTINCT ordered_on FROM placed) day
    )
    SELECT (SELECT count(*) FROM placed) AS order_count,
           (SELECT currency FROM main) AS currency,
           (SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY placed.amount))::numeric, 2)
            FROM placed JOIN main USING (currency)) AS typical_size,
           (SELECT sum(placed.amount) FROM placed JOIN main USING (currency)) AS total,
           (SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY days))::numeric, 1) FROM gap) AS typical_days
"""

_MONTHS = """
    WITH placed AS MATERIALIZED (
        SELECT date_trunc('month', ordered_on)::date AS month, amount, currency FROM accounts_order
        WHERE (%(account)s::uuid IS NULL OR account_id = %(account)s) AND status = 'placed' AND recorded_at <= %(as_of)s
          AND ordered_on < date_trunc('month', %(today)s::date)
    ), main AS (
        SELECT currency FROM placed GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1
    ), sums AS (
        SELECT placed.month, sum(placed.amount) AS amount FROM placed JOIN main USING (currency) GROUP BY placed.month
    )
    SELECT whole.month::date, coalesce(sums.amount, 0)
    FROM generate_series((SELECT min(placed.month) FROM placed), date_trunc('month', %(today)s::date) - interval '1 month',
                         interval '1 month') AS whole(month)
    LEFT JOIN sums ON sums.month = whole.month::date
    ORDER BY whole.month
"""

_REPEAT = """
    SELECT count(*) AS customers, count(*) FILTER (WHERE days >= 2) AS repeated
    FROM (
        SELECT count(DISTINCT ordered_on) AS days FROM accounts_order
        WHERE status = 'placed' AND recorded_at <= %(as_of)s AND ordered_on > %(since)s AND ordered_on <= %(today)s
        GROUP BY account_id
    ) buyer
"""


def habits(account: UUID, *, since: date, as_of: datetime) -> Any:
    """Orders of an account after `since`: order_count, currency, typical_size (median), total, typical_days between purchases (median)."""
    given = {"account": account, "since": since, "today": as_of.date(), "as_of": as_of}
    return sql.named(_HABITS, given)[0]


def months(account: UUID | None, *, as_of: datetime) -> list[tuple[date, Any]]:
    """What an account (None: everybody) ordered in each whole month since its first order, in the currency that most orders are in."""
    return sql.rows(_MONTHS, {"account": account, "today": as_of.date(), "as_of": as_of})


def repeat(*, since: date, as_of: datetime) -> tuple[int, int]:
    """How many accounts ordered after `since`, and how many of them on two days or more."""
    found = sql.rows(_REPEAT, {"since": since, "today": as_of.date(), "as_of": as_of})[0]
    return int(found[0]), int(found[1])
