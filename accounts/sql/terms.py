"""Terms of contracts in SQL: which prices go up with the year, which ends follow another contract's, which terms renew by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.sql.planner import many_rows
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

# The latest anniversary of each contract, where it lies inside a term: the day on which a term ended belongs to its renewal.
# What the line was told on that day or later is the price already.
_ESCALATIONS = """
    WITH due AS MATERIALIZED (
        SELECT contract.id, contract.external_id, contract.escalator_percent, each.anniversary
        FROM accounts_contract contract
        CROSS JOIN LATERAL (SELECT extract(year FROM age(%(today)s, contract.starts_on))::int AS years) passed
        CROSS JOIN LATERAL (SELECT (contract.starts_on + make_interval(years => passed.years))::date AS anniversary) each
        WHERE contract.status = 'active' AND contract.escalator_percent <> 0 AND contract.starts_on < %(today)s
          AND (%(accounts)s::uuid[] IS NULL OR contract.account_id = ANY(%(accounts)s::uuid[]))
          AND passed.years > 0 AND each.anniversary > %(since)s
          AND each.anniversary > (contract.recorded_at AT TIME ZONE 'UTC')::date
          AND (contract.ends_on IS NULL OR each.anniversary < contract.ends_on)
          AND NOT EXISTS (SELECT FROM accounts_renewal renewal
                          WHERE renewal.contract_id = contract.id AND renewal.due_on = each.anniversary)
    )
    SELECT line.external_id, due.external_id, round(line.arr * (1 + due.escalator_percent / 100), 2),
           greatest(due.anniversary, moved.till), 'escalator:' || line.id || ':' || due.anniversary, line.product
    FROM due
    JOIN accounts_contractline line ON line.contract_id = due.id AND line.arr > 0
    CROSS JOIN LATERAL (
        SELECT max(occurred_on) AS till, max(occurred_on) FILTER (WHERE kind <> 'transfer') AS said
        FROM accounts_revenuemovement WHERE line_id = line.id
    ) moved
    WHERE moved.said < due.anniversary
      AND NOT EXISTS (SELECT FROM accounts_revenuemovement booked
                      WHERE booked.source_ref = 'escalator:' || line.id || ':' || due.anniversary)
    ORDER BY due.anniversary, line.id
"""

_FOLLOW = """
    UPDATE accounts_contract contract SET ends_on = main.ends_on, updated_at = %(as_of)s
    FROM accounts_contract main
    WHERE contract.co_term_with_id = main.id AND contract.status = 'active' AND main.status = 'active'
      AND contract.ends_on IS DISTINCT FROM main.ends_on AND (main.ends_on IS NULL OR main.ends_on > contract.starts_on)
      AND (%(accounts)s::uuid[] IS NULL OR contract.account_id = ANY(%(accounts)s::uuid[]))
    RETURNING contract.external_id
"""

# A contract that ends together with another waits for that one.
_RENEWING = """
    SELECT renewal.id, coalesce(sum(line.arr), 0), renewal.due_on
    FROM accounts_contract contract
    JOIN accounts_renewal renewal ON renewal.contract_id = contract.id AND renewal.due_on = contract.ends_on
    LEFT JOIN accounts_contractline line ON line.contract_id = contract.id
    WHERE contract.status = 'active' AND contract.auto_renews AND contract.ends_on <= %(today)s
      AND NOT EXISTS (SELECT FROM accounts_renewaldecision decision WHERE decision.renewal_id = renewal.id)
      AND NOT EXISTS (SELECT FROM accounts_contract main
                      WHERE main.id = contract.co_term_with_id AND main.status = 'active' AND main.ends_on >= contract.ends_on)
    GROUP BY renewal.id
    ORDER BY renewal.due_on, renewal.id
"""

# The undecided renewals of contracts that end together with renewed ones, on the same day.
_CO_TERMED = """
    SELECT beside.id, coalesce(sum(line.arr), 0), given.decided_on
    FROM unnest(%(renewals)s::uuid[], %(days)s::date[]) AS given(renewal_id, decided_on)
    JOIN accounts_renewal renewal ON renewal.id = given.renewal_id
    JOIN accounts_contract contract ON contract.co_term_with_id = renewal.contract_id AND contract.status = 'active'
    JOIN accounts_renewal beside ON beside.contract_id = contract.id AND beside.due_on = renewal.due_on
    LEFT JOIN accounts_contractline line ON line.contract_id = contract.id
    WHERE beside.id <> ALL(%(given)s::uuid[])
      AND NOT EXISTS (SELECT FROM accounts_renewaldecision decision WHERE decision.renewal_id = beside.id)
    GROUP BY beside.id, given.decided_on
    ORDER BY beside.id
"""


def escalations(
    *, since: date, as_of: datetime, accounts: Sequence[UUID] | None
) -> list[tuple[str, str, Any, date, str, str]]:
    """Prices to go up: line, contract, new ARR, day, source and product; anniversaries after `since`."""
    given = {"today": as_of.date(), "since": since, "accounts": accounts}
    if accounts is not None:
        return sql.rows(_ESCALATIONS, given)
    with many_rows("accounts_contract", "accounts_contractline"):
        return sql.rows(_ESCALATIONS, given)


def follow_co_terms(*, as_of: datetime, accounts: Sequence[UUID] | None = None) -> list[str]:
    """Give contracts the end of the one they end together with; the external ids of those that moved."""
    return [external_id for (external_id,) in sql.rows(_FOLLOW, {"as_of": as_of, "accounts": accounts})]


def renewing(*, as_of: datetime) -> list[tuple[UUID, Any, date]]:
    """Renewals that have come without notice: id, what the contract is worth now, and the day."""
    return sql.rows(_RENEWING, {"today": as_of.date()})


def co_termed(renewed: Sequence[tuple[UUID, date]], *, given: Sequence[UUID]) -> list[tuple[UUID, Any, date]]:
    """Renewals that go with renewed ones and are not `given` themselves: id, what the contract is worth, the day of the decision."""
    params = {"renewals": [pk for pk, _day in renewed], "days": [day for _pk, day in renewed], "given": list(given)}
    return sql.rows(_CO_TERMED, params)
