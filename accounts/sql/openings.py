"""The first money of accounts in SQL: contract, line, movement, revenue and renewal, each table in one statement and without looking anything up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from datetime import datetime

_OPEN = (
    """
    INSERT INTO accounts_contract (id, external_id, account_id, starts_on, ends_on, term_months, currency, recorded_at, updated_at)
    SELECT contract_id, contract, account_id, starts_on, ends_on, term_months, currency, %(as_of)s, %(as_of)s FROM {source}
    """,
    """
    INSERT INTO accounts_contractline (id, external_id, contract_id, arr, recorded_at, updated_at)
    SELECT line_id, line, contract_id, arr, %(as_of)s, %(as_of)s FROM {source}
    """,
    """
    INSERT INTO accounts_revenuemovement (id, account_id, line_id, occurred_on, recorded_at, kind, amount, currency)
    SELECT movement_id, account_id, line_id, starts_on, %(as_of)s, 'new', arr, currency FROM {source}
    """,
    """
    INSERT INTO accounts_accountrevenue (account_id, arr, currency, next_renewal_on, updated_at)
    SELECT account_id, arr, currency, ends_on, %(as_of)s FROM {source}
    """,
    """
    INSERT INTO accounts_renewal (account_id, contract_id, due_on, notice_by, arr_due, currency, recorded_at)
    SELECT account_id, contract_id, ends_on, ends_on, arr, currency, %(as_of)s FROM {source} WHERE ends_on IS NOT NULL
    """,
)
_SUMMARY = "SELECT count(*), sum(arr), (array_agg(contract))[:%(limit)s] FROM {source}"


def write(source: str, *, as_of: datetime) -> None:
    """Write what each row of the table `source` says; the table gives every row its keys."""
    for statement in _OPEN:
        sql.execute(statement.format(source=source), {"as_of": as_of})


def summary(source: str, limit: int) -> tuple[int, Any, list[str]]:
    """How many contracts, what they are worth together, and the first of them by their external IDs."""
    count, total, first = sql.rows(_SUMMARY.format(source=source), {"limit": limit})[0]
    return int(count), total, first
