"""Merging and splitting in SQL: what belongs to an account changes sides, what was recorded stays where it was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.sql.changed import ON_CONFLICT
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from uuid import UUID

# What belongs to an account as it is now. Movements, interactions, decisions, changes of stage and merges are records: they stay.
TABLES = {
    "contracts": "accounts_contract",
    "renewals": "accounts_renewal",
    "contacts": "accounts_contact",
    "orders": "accounts_order",
    "invoices": "accounts_invoice",
    "tickets": "accounts_ticket",
    "attachments": "accounts_attachment",
    "survey_responses": "accounts_surveyresponse",
}
_MOVE = "UPDATE {table} SET account_id = %(target)s WHERE account_id = %(source)s RETURNING id"
_MOVE_SOME = "UPDATE {table} SET account_id = %(target)s WHERE account_id = %(source)s AND {chosen} RETURNING id"
_BY_ID = "id = ANY(%(ids)s::uuid[])"
_BY_CONTRACT = f"({_BY_ID} OR contract_id = ANY(%(contracts)s::uuid[]))"  # also what came to a contract after the merge

_STANDING_LINES = """
    SELECT line_id, currency, sum(amount) AS amount, max(occurred_on) AS moved_on
    FROM accounts_revenuemovement WHERE account_id = %(source)s {chosen}
    GROUP BY line_id, currency HAVING sum(amount) <> 0
"""
_OF_CONTRACTS = "AND line_id IN (SELECT id FROM accounts_contractline WHERE contract_id = ANY(%(contracts)s::uuid[]))"
# Movements without a line that a merge took over: it alone wrote them at that moment, at the account that goes its own way again.
_STANDING_REST = """
    SELECT NULL::uuid AS line_id, currency, -sum(amount) AS amount, max(occurred_on) AS moved_on
    FROM accounts_revenuemovement
    WHERE account_id = %(target)s AND line_id IS NULL AND kind = 'transfer' AND recorded_at = %(merged_at)s
    GROUP BY currency HAVING sum(amount) <> 0
"""
_TRANSFER = """
    INSERT INTO accounts_revenuemovement (account_id, line_id, occurred_on, recorded_at, kind, amount, currency)
    SELECT side.account_id, standing.line_id, greatest(%(occurred_on)s::date, standing.moved_on), %(as_of)s, 'transfer',
           standing.amount * side.sign, standing.currency
    FROM ({standing}) standing CROSS JOIN (VALUES (%(source)s::uuid, -1), (%(target)s::uuid, 1)) side(account_id, sign)
    ORDER BY standing.line_id, side.sign
"""
_CURRENCY = """
    INSERT INTO accounts_accountrevenue (account_id, arr, currency, updated_at)
    SELECT %(target)s, 0, currency, %(as_of)s FROM accounts_accountrevenue WHERE account_id = %(source)s
    ON CONFLICT (account_id) DO NOTHING
"""
_REVENUE = """
    UPDATE accounts_accountrevenue revenue SET updated_at = %(as_of)s, arr = coalesce(
        (SELECT sum(amount) FROM accounts_revenuemovement movement WHERE movement.account_id = revenue.account_id), 0)
    WHERE account_id IN (%(source)s, %(target)s)
"""

_FORGET_STOCK = "DELETE FROM accounts_replenishment WHERE account_id = %(source)s"
_CHANGED = f"""
    INSERT INTO accounts_changedaccount AS noted (account_id, changed_at)
    SELECT id, %(as_of)s FROM accounts_account WHERE id IN (%(source)s, %(target)s) ORDER BY id {ON_CONFLICT}
"""  # noqa: S608

_LATEST = """
    SELECT merge.absorbed_id FROM (
        SELECT DISTINCT ON (absorbed_id) absorbed_id, survivor_id, kind FROM accounts_accountmerge ORDER BY absorbed_id, recorded_at DESC, id DESC
    ) merge WHERE merge.kind = 'merge' AND merge.survivor_id = %(survivor)s
"""
_REDIRECT = "UPDATE accounts_account SET merged_into_id = %(survivor)s WHERE merged_into_id = %(absorbed)s"
# Those that had been merged into an account before it was merged itself go with it.
_RETURN = f"UPDATE accounts_account SET merged_into_id = %(survivor)s WHERE status = 'merged' AND id IN ({_LATEST})"  # noqa: S608


def move_all(*, source: UUID, target: UUID) -> dict[str, list[str]]:
    """Give everything of `source` to `target`; the ids that moved, by table."""
    sides = {"source": source, "target": target}
    return {name: _ids(_MOVE.format(table=table), sides) for name, table in TABLES.items()}


def move_back(moved: Mapping[str, Any], *, source: UUID, target: UUID) -> dict[str, list[str]]:
    """Give what once moved, and is still at `source`, back to `target`; also what its contracts got in between. The ids that moved."""
    contracts = list(moved.get("contracts", ()))
    done = {}
    for name, table in TABLES.items():
        chosen = _BY_CONTRACT if name in {"renewals", "invoices"} else _BY_ID
        values = {"source": source, "target": target, "ids": list(moved.get(name, ())), "contracts": contracts}
        done[name] = _ids(_MOVE_SOME.format(table=table, chosen=chosen), values)
    return done


def transfer_all(*, source: UUID, target: UUID, occurred_on: date, as_of: datetime) -> int:
    """Book all revenue of `source` over to `target`, a pair of movements a line; how many pairs."""
    values = {"source": source, "target": target, "occurred_on": occurred_on, "as_of": as_of}
    sql.execute(_CURRENCY, values)
    count = sql.execute(_TRANSFER.format(standing=_STANDING_LINES.format(chosen="")), values)
    sql.execute(_REVENUE, values)
    return count // 2


def transfer_back(
    contracts: list[str], *, source: UUID, target: UUID, merged_at: datetime, occurred_on: date, as_of: datetime
) -> int:
    """Book what the contracts are worth now from `source` back to `target`; how many pairs."""
    values = {"source": source, "target": target, "contracts": contracts, "merged_at": merged_at}
    values |= {"occurred_on": occurred_on, "as_of": as_of}
    sql.execute(_CURRENCY, values)
    lines = sql.execute(_TRANSFER.format(standing=_STANDING_LINES.format(chosen=_OF_CONTRACTS)), values)
    rest = sql.execute(_TRANSFER.format(standing=_STANDING_REST), values)
    sql.execute(_REVENUE, values)
    return (lines + rest) // 2


def redirect(*, absorbed: UUID, survivor: UUID) -> None:
    """Whatever was merged into `absorbed` now means `survivor`: one step leads to the living account, always."""
    sql.execute(_REDIRECT, {"absorbed": absorbed, "survivor": survivor})


def take_own_back(survivor: UUID) -> None:
    """Accounts whose own last merge was into this one mean it again."""
    sql.execute(_RETURN, {"survivor": survivor})


def note_changed(*, source: UUID, target: UUID, as_of: datetime) -> None:
    """Forget what was worked out from orders, and have both scored again."""
    values = {"source": source, "target": target, "as_of": as_of}
    sql.execute(_FORGET_STOCK, values)
    sql.execute(_CHANGED, values)


def _ids(statement: str, values: dict[str, Any]) -> list[str]:
    return [str(pk) for (pk,) in sql.rows(statement, values)]
