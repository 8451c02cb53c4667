"""Reads what values are computed from: customers with what they pay, how contracts were renewed, and how customers reorder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

AT_ONCE = 20_000
LONG_TERM = 6  # months from which on a contract is learned from together with yearly ones
DEEPEST = 40  # renewals that are told apart
MONTH = "30.4375"

# What an account pays by contract, each with the months until its next renewal, its term, and the renewals it has survived.
# They are counted from the day it became a customer, as contracts are often written anew. Revenue that stands on no contract counts as one of twelve months.
CUSTOMERS = f"""
WITH customer AS MATERIALIZED (
    SELECT a.id, a.segment, a.customer_since_on, coalesce(r.arr, 0) AS arr, coalesce(r.currency, '') AS currency, r.next_renewal_on
    FROM accounts_account a LEFT JOIN accounts_accountrevenue r ON r.account_id = a.id
    WHERE a.status IN ('onboarding', 'active') AND (%(after)s::uuid IS NULL OR a.id > %(after)s)
    ORDER BY a.id LIMIT %(at_once)s
), agreed AS (
    SELECT c.account_id, c.id, sum(l.arr) AS arr, c.starts_on, c.ends_on, least(c.starts_on, min(customer.customer_since_on)) AS began_on, greatest(1, coalesce(c.term_months, 12))::int AS term
    FROM accounts_contract c JOIN customer ON customer.id = c.account_id AND customer.arr > 0
    JOIN accounts_contractline l ON l.contract_id = c.id
    WHERE c.status = 'active' AND c.starts_on <= %(today)s AND l.arr > 0 GROUP BY c.id
), timed AS (
    SELECT account_id, id, arr, term,
        CASE WHEN ends_on IS NULL THEN term - floor((%(today)s::date - starts_on) / {MONTH})::int %% term
            ELSE greatest(0, round((ends_on - %(today)s::date) / {MONTH}))::int END AS months_left,
        CASE WHEN ends_on IS NULL THEN floor((%(today)s::date - began_on) / {MONTH})::int / term
            ELSE greatest(0, round((ends_on - began_on) / {MONTH} / term)::int - 1) END AS survived
    FROM agreed
), contracts AS (
    SELECT account_id, sum(arr) AS arr, array_agg(arr::float8 ORDER BY id) AS arrs, array_agg(months_left ORDER BY id) AS months_left,
        array_agg(term ORDER BY id) AS terms, array_agg(least(survived, {DEEPEST}) ORDER BY id) AS survived
    FROM timed GROUP BY account_id
)
SELECT c.id AS account_id, c.segment, c.customer_since_on, c.arr, c.currency, k.arrs, k.months_left, k.terms, k.survived,
    CASE WHEN c.next_renewal_on IS NULL THEN 12 ELSE least(12, greatest(0, round((c.next_renewal_on - %(today)s::date) / {MONTH})))::int END AS otherwise_left,
    greatest(0, floor((%(today)s::date - c.customer_since_on) / {MONTH} / 12))::int AS years,
    p.probability, p.low AS probability_low, p.high AS probability_high, m.horizon_days, mark.note AS strategic
FROM customer c LEFT JOIN contracts k ON k.account_id = c.id
LEFT JOIN predictions_accountprediction p ON p.account_id = c.id LEFT JOIN predictions_predictionmodel m ON m.id = p.model_id
LEFT JOIN value_strategicmark mark ON mark.account_id = c.id AND mark.ended_at IS NULL
ORDER BY c.id
"""  # noqa: S608  # no value from outside

# At the first, second … renewal since it began: how many contracts came up for it, and how many of them were lost.
LIFE_TABLE = f"""
SELECT CASE WHEN term >= {LONG_TERM} THEN 'long' ELSE 'short' END AS scope, place, count(*) AS exposed, count(*) FILTER (WHERE lost) AS lost
FROM (
    SELECT term, greatest(1, least({DEEPEST}, round((due_on - began_on) / {MONTH} / term)))::int AS place, lost
    FROM (
        SELECT greatest(1, coalesce(c.term_months, 12)) AS term, r.due_on, least(c.starts_on, a.customer_since_on) AS began_on, d.decision = 'churned' AS lost
        FROM accounts_renewaldecision d JOIN accounts_renewal r ON r.id = d.renewal_id JOIN accounts_contract c ON c.id = r.contract_id
        JOIN accounts_account a ON a.id = c.account_id
        WHERE d.decided_on <= %(today)s AND d.recorded_at <= %(as_of)s
    ) decided
) placed
GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608  # no value from outside

# Customers that never had a contract: purchases after the first, weeks from the first to the last and to today, mean of the later ones.
HISTORIES = """
WITH bought AS (
    SELECT o.account_id, o.currency, o.ordered_on, greatest(0, sum(o.amount)) AS amount
    FROM accounts_order o JOIN accounts_account a ON a.id = o.account_id AND a.status NOT IN ('prospect', 'merged')
    WHERE o.status = 'placed' AND o.ordered_on <= %(today)s AND o.recorded_at <= %(as_of)s
        AND NOT EXISTS (SELECT FROM accounts_contract c WHERE c.account_id = o.account_id)
    GROUP BY 1, 2, 3
), summed AS (
    SELECT account_id, currency, count(*) AS days, min(ordered_on) AS first_on, max(ordered_on) AS last_on, sum(amount) AS amount,
        (array_agg(amount ORDER BY ordered_on))[1] AS first_amount
    FROM bought GROUP BY 1, 2
)
SELECT DISTINCT ON (account_id) account_id, currency, days - 1 AS repeats, (last_on - first_on) / 7.0 AS recency,
    greatest((last_on - first_on) / 7.0, (%(today)s::date - first_on) / 7) AS age,
    CASE WHEN days > 1 THEN (amount - first_amount) / (days - 1) * 100 ELSE 0 END AS spent_cents
FROM summed ORDER BY account_id, days DESC, currency
"""


def customers(*, today: date, at_once: int = AT_ONCE) -> Iterator[list[dict[str, Any]]]:
    """Onboarding and active accounts in the order of their ids, `at_once` at a time, with what CUSTOMERS says of each."""
    after = None
    while True:
        found = sql.records(CUSTOMERS, {"today": today, "after": after, "at_once": at_once})
        if found:
            yield found
        if len(found) < at_once:
            return
        after = found[-1]["account_id"]


def life_tables(*, today: date, as_of: datetime) -> list[Any]:
    """Rows of scope, place, exposed and lost. One query."""
    return sql.named(LIFE_TABLE, {"today": today, "as_of": as_of})


def histories(*, today: date, as_of: datetime) -> list[Any]:
    """Rows of account_id, currency, repeats, recency, age and spent_cents, by account. One query."""
    return sql.named(HISTORIES, {"today": today, "as_of": as_of})
