"""Renewals in SQL: what falls due, how it was decided, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.sql.planner import many_rows
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

FEW = 50  # accounts whose rows are looked up one by one faster than tables are joined
TABLES = ("accounts_contract", "accounts_contractline", "accounts_renewal")

# A term that was re-dated before it fell due keeps its renewal: whoever works on it stays with it.
_REDATE = """
    UPDATE accounts_renewal renewal SET due_on = contract.ends_on, notice_by = contract.ends_on - contract.notice_days
    FROM accounts_contract contract
    WHERE renewal.contract_id = contract.id AND contract.status = 'active' AND contract.ends_on IS NOT NULL
      AND renewal.due_on <> contract.ends_on AND renewal.due_on > %(today)s AND contract.ends_on > %(today)s
      AND (%(accounts)s::uuid[] IS NULL OR contract.account_id = ANY(%(accounts)s::uuid[]))
      AND NOT EXISTS (SELECT FROM accounts_renewaldecision decision WHERE decision.renewal_id = renewal.id)
      AND NOT EXISTS (SELECT FROM accounts_renewal other WHERE other.contract_id = contract.id AND other.id <> renewal.id
                      AND (other.due_on = contract.ends_on OR (other.due_on > %(today)s
                           AND NOT EXISTS (SELECT FROM accounts_renewaldecision decision WHERE decision.renewal_id = other.id))))
"""

_ADD = """
    INSERT INTO accounts_renewal (account_id, contract_id, due_on, notice_by, arr_due, currency, recorded_at)
    SELECT contract.account_id, contract.id, contract.ends_on, contract.ends_on - contract.notice_days,
           coalesce(sum(line.arr), 0), contract.currency, %(as_of)s
    FROM accounts_contract contract LEFT JOIN accounts_contractline line ON line.contract_id = contract.id
    WHERE contract.status = 'active' AND contract.ends_on IS NOT NULL
      AND (%(accounts)s::uuid[] IS NULL OR contract.account_id = ANY(%(accounts)s::uuid[]))
      AND NOT EXISTS (SELECT FROM accounts_renewal renewal WHERE renewal.contract_id = contract.id AND renewal.due_on = contract.ends_on)
    GROUP BY contract.id
    ON CONFLICT (contract_id, due_on) DO NOTHING
"""

_AMOUNTS = """
    UPDATE accounts_renewal renewal SET arr_due = sums.arr, notice_by = sums.notice_by
    FROM (
        SELECT contract.id, contract.ends_on, contract.ends_on - contract.notice_days AS notice_by, coalesce(sum(line.arr), 0) AS arr
        FROM accounts_contract contract LEFT JOIN accounts_contractline line ON line.contract_id = contract.id
        WHERE contract.status = 'active' AND contract.ends_on > %(today)s
          AND (%(accounts)s::uuid[] IS NULL OR contract.account_id = ANY(%(accounts)s::uuid[]))
        GROUP BY contract.id
    ) sums
    WHERE renewal.contract_id = sums.id AND renewal.due_on = sums.ends_on
      AND (renewal.arr_due, renewal.notice_by) IS DISTINCT FROM (sums.arr, sums.notice_by)
      AND NOT EXISTS (SELECT FROM accounts_renewaldecision decision WHERE decision.renewal_id = renewal.id)
"""

# The next one ahead; where there is none, the latest that nobody has decided.
_NEXT = """
    UPDATE accounts_accountrevenue revenue SET next_renewal_on = ahead.due_on, updated_at = %(as_of)s
    FROM (
        SELECT each.account_id,
               coalesce(min(renewal.due_on) FILTER (WHERE renewal.due_on >= %(today)s), max(renewal.due_on)) AS due_on
        FROM accounts_accountrevenue each
        LEFT JOIN accounts_contract contract ON contract.account_id = each.account_id AND contract.status = 'active'
        LEFT JOIN accounts_renewal renewal ON renewal.contract_id = contract.id
              AND NOT EXISTS (SELECT FROM accounts_renewaldecision decision WHERE decision.renewal_id = renewal.id)
        WHERE %(accounts)s::uuid[] IS NULL OR each.account_id = ANY(%(accounts)s::uuid[])
        GROUP BY each.account_id
    ) ahead
    WHERE revenue.account_id = ahead.account_id AND revenue.next_renewal_on IS DISTINCT FROM ahead.due_on
"""

_LOCK = """
    SELECT account.id FROM accounts_account account
    WHERE account.id IN (SELECT account_id FROM accounts_renewal WHERE id = ANY(%(renewals)s::uuid[]))
    ORDER BY account.id FOR NO KEY UPDATE
"""

_DECIDED = """
    SELECT given.position - 1, renewal.id IS NOT NULL, contract.name, contract.external_id, renewal.due_on, present.decision, present.arr_renewed
    FROM unnest(%(renewals)s::uuid[]) WITH ORDINALITY AS given(id, position)
    LEFT JOIN accounts_renewal renewal ON renewal.id = given.id
    LEFT JOIN accounts_contract contract ON contract.id = renewal.contract_id
    LEFT JOIN accounts_renewaldecision present ON present.renewal_id = renewal.id
    ORDER BY given.position
"""

_LINES = """
    SELECT renewal.id, line.external_id, contract.external_id, line.arr, max(movement.occurred_on)
    FROM accounts_renewal renewal
    JOIN accounts_contract contract ON contract.id = renewal.contract_id
    JOIN accounts_contractline line ON line.contract_id = contract.id
    LEFT JOIN accounts_revenuemovement movement ON movement.line_id = line.id
    WHERE renewal.id = ANY(%(renewals)s::uuid[])
    GROUP BY renewal.id, contract.id, line.id
    ORDER BY renewal.id, line.id
"""

_PROLONGED = """
    SELECT renewal.id, coalesce(sum(line.arr), 0)
    FROM accounts_contract contract
    JOIN accounts_renewal renewal ON renewal.contract_id = contract.id
    LEFT JOIN accounts_contractline line ON line.contract_id = contract.id
    WHERE contract.external_id = ANY(%(contracts)s::text[]) AND contract.status = 'active'
      AND renewal.due_on <= %(decided_on)s AND renewal.due_on < contract.ends_on
      AND NOT EXISTS (SELECT FROM accounts_renewaldecision decision WHERE decision.renewal_id = renewal.id)
    GROUP BY renewal.id
    ORDER BY renewal.due_on, renewal.id
"""

_DECIDE = """
    INSERT INTO accounts_renewaldecision (renewal_id, decision, arr_renewed, decided_on, recorded_at, source_ref)
    SELECT given.id, given.decision, given.arr_renewed, given.decided_on, %(as_of)s, given.source_ref
    FROM unnest(%(renewals)s::uuid[], %(decisions)s::text[], %(amounts)s::numeric[], %(days)s::date[], %(source_refs)s::text[])
         AS given(id, decision, arr_renewed, decided_on, source_ref)
"""

_PROLONG = """
    UPDATE accounts_contract contract
    SET ends_on = (contract.ends_on + make_interval(months => coalesce(contract.term_months, 12)))::date, updated_at = %(as_of)s
    FROM accounts_renewal renewal JOIN accounts_renewaldecision decision ON decision.renewal_id = renewal.id
    WHERE renewal.id = ANY(%(renewals)s::uuid[]) AND decision.decision = 'renewed'
      AND contract.id = renewal.contract_id AND contract.ends_on = renewal.due_on
"""

_END = """
    UPDATE accounts_contract contract SET status = 'ended', updated_at = %(as_of)s
    FROM accounts_renewal renewal JOIN accounts_renewaldecision decision ON decision.renewal_id = renewal.id
    WHERE renewal.id = ANY(%(renewals)s::uuid[]) AND decision.decision = 'churned' AND contract.id = renewal.contract_id
"""

_LEFT = """
    UPDATE accounts_account account SET status = 'churned', churned_on = latest.decided_on, updated_at = %(as_of)s
    FROM (
        SELECT renewal.account_id, max(decision.decided_on) AS decided_on
        FROM accounts_renewal renewal JOIN accounts_renewaldecision decision ON decision.renewal_id = renewal.id
        WHERE renewal.id = ANY(%(renewals)s::uuid[]) AND decision.decision = 'churned'
        GROUP BY renewal.account_id
    ) latest
    JOIN accounts_accountrevenue revenue ON revenue.account_id = latest.account_id AND revenue.arr = 0
    WHERE account.id = latest.account_id AND account.status <> 'churned'
      AND NOT EXISTS (SELECT FROM accounts_contract contract WHERE contract.account_id = account.id AND contract.status = 'active')
"""


def refresh(*, as_of: datetime, accounts: Sequence[UUID] | None = None) -> int:
    """Bring renewals and each account's next one in line with the contracts (of all accounts, or of some); the renewals made or changed."""
    given = {"as_of": as_of, "today": as_of.date(), "accounts": accounts}
    if accounts is not None and len(accounts) < FEW:
        return _refresh(given)
    with many_rows(*TABLES):
        return _refresh(given)


def lock_accounts(renewals: Sequence[UUID]) -> list[UUID]:
    """Hold the accounts of the renewals until the transaction ends, always in the order of their ids; their ids."""
    return [account for (account,) in sql.rows(_LOCK, {"renewals": renewals})]


def decided(renewals: Sequence[UUID]) -> list[tuple[int, bool, str, str, date | None, str | None, Any]]:
    """For each renewal in order: position, whether it is known, contract name and id, due date, present decision and its amount."""
    return sql.rows(_DECIDED, {"renewals": renewals})


def lines(renewals: Sequence[UUID]) -> list[tuple[UUID, str, str, Any, date | None]]:
    """The lines behind the renewals: renewal, line, contract, ARR now, day of its last movement."""
    return sql.rows(_LINES, {"renewals": renewals})


def prolonged(contracts: Sequence[str], *, decided_on: date) -> list[tuple[UUID, Any]]:
    """Undecided renewals that have fallen due, of contracts that go on beyond them; and what the contract is worth now."""
    return sql.rows(_PROLONGED, {"contracts": contracts, "decided_on": decided_on})


def decide(decisions: Sequence[Any], *, as_of: datetime) -> None:
    """Write the decisions, prolong or end the contracts."""
    given = {
        "renewals": [each.renewal_id for each in decisions],
        "decisions": [each.decision for each in decisions],
        "amounts": [each.arr_renewed for each in decisions],
        "days": [each.decided_on for each in decisions],
        "source_refs": [each.source_ref for each in decisions],
        "as_of": as_of,
    }
    for statement in (_DECIDE, _PROLONG, _END):
        sql.execute(statement, given)


def mark_left(renewals: Sequence[UUID], *, as_of: datetime) -> None:
    """Accounts whose last contract and money went with these renewals have churned."""
    sql.execute(_LEFT, {"renewals": renewals, "as_of": as_of})


def _refresh(given: dict[str, Any]) -> int:
    changed = sql.execute(_REDATE, given) + sql.execute(_ADD, given) + sql.execute(_AMOUNTS, given)
    sql.execute(_NEXT, given)
    return changed
