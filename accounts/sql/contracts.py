"""Contracts in SQL: what differs is changed, what is missing is added, what is the same is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.sql.aliases import KNOWN_ACCOUNTS
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# The statements take their contracts from `source`: arrays given as parameters, or a table with the same columns.
ARRAYS = """
    unnest(
        %(contracts)s::text[], %(accounts)s::text[], %(starts)s::date[], %(ends)s::date[], %(terms)s::smallint[], %(currencies)s::text[],
        %(names)s::text[], %(renewing)s::boolean[], %(notices)s::smallint[], %(statuses)s::text[]
    ) WITH ORDINALITY AS given(external_id, account, starts_on, ends_on, term_months, currency, name, auto_renews, notice_days, status, position)
"""

# Rows that this transaction wrote are ours already.
_LOCK = f"""
    SELECT count(*) FROM (
        SELECT FROM accounts_account account
        WHERE account.id IN (SELECT known.id FROM {KNOWN_ACCOUNTS} known WHERE known.external_id IN (SELECT given.account FROM {{source}}))
          AND account.xmin <> pg_current_xact_id()::xid
        ORDER BY account.id FOR NO KEY UPDATE
    ) held
"""  # noqa: S608

_PROBLEM = f"""
    WITH known AS (
        SELECT given.*, account.id AS account_id, account.name AS account_name, contract.account_id AS present_account_id,
               coalesce(revenue.currency, min(given.currency) OVER (PARTITION BY given.account)) AS account_currency
        FROM {{source}}
        LEFT JOIN {KNOWN_ACCOUNTS} account ON account.external_id = given.account
        LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = account.id
        LEFT JOIN accounts_contract contract ON contract.external_id = given.external_id
    )
    SELECT CASE WHEN account_id IS NULL THEN 'unknown_account'
                WHEN present_account_id <> account_id THEN 'contract_of_another_account'
                ELSE 'second_currency' END,
           external_id, account, account_name, currency, account_currency
    FROM known WHERE account_id IS NULL OR present_account_id <> account_id OR currency <> account_currency
    ORDER BY position LIMIT 1
"""  # noqa: S608

_SAME = "name, starts_on, ends_on, term_months, currency, auto_renews, notice_days, status"

_REVISE = f"""
    UPDATE accounts_contract contract
    SET ({_SAME}) = (given.name, given.starts_on, given.ends_on, given.term_months, given.currency, given.auto_renews, given.notice_days, given.status),
        updated_at = %(as_of)s
    FROM {{source}}
    WHERE contract.external_id = given.external_id
      AND (contract.name, contract.starts_on, contract.ends_on, contract.term_months, contract.currency, contract.auto_renews,
           contract.notice_days, contract.status)
          IS DISTINCT FROM (given.name, given.starts_on, given.ends_on, given.term_months, given.currency, given.auto_renews,
           given.notice_days, given.status)
"""  # noqa: S608

_ADD = f"""
    INSERT INTO accounts_contract (external_id, account_id, {_SAME}, recorded_at, updated_at)
    SELECT given.external_id, account.id, given.name, given.starts_on, given.ends_on, given.term_months, given.currency, given.auto_renews,
           given.notice_days, given.status, %(as_of)s, %(as_of)s
    FROM {{source}} JOIN {KNOWN_ACCOUNTS} account ON account.external_id = given.account
    ORDER BY given.position
    ON CONFLICT (external_id) DO NOTHING
"""  # noqa: S608

_REVENUE = """
    INSERT INTO accounts_accountrevenue (account_id, arr, currency, updated_at)
    SELECT DISTINCT ON (account_id) account_id, 0, currency, %(as_of)s
    FROM accounts_contract contract WHERE external_id IN (SELECT given.external_id FROM {source})
      AND NOT EXISTS (SELECT FROM accounts_accountrevenue revenue WHERE revenue.account_id = contract.account_id)
    ORDER BY account_id, starts_on
    ON CONFLICT (account_id) DO NOTHING
"""


def arrays(terms: Sequence[Any], *, as_of: datetime) -> dict[str, Any]:
    """The contracts column by column, as the statements take them."""
    return {
        "contracts": [each.external_id for each in terms],
        "accounts": [each.account_external_id for each in terms],
        "starts": [each.starts_on for each in terms],
        "ends": [each.ends_on for each in terms],
        "terms": [each.term_months for each in terms],
        "currencies": [each.currency for each in terms],
        "names": [each.name for each in terms],
        "renewing": [each.auto_renews for each in terms],
        "notices": [each.notice_days for each in terms],
        "statuses": [each.status for each in terms],
        "as_of": as_of,
    }


def first_problem(given: dict[str, Any], source: str = ARRAYS) -> dict[str, Any] | None:
    """Lock the accounts, then name the first contract that cannot be recorded."""
    sql.rows(_LOCK.format(source=source), given)
    names = ("code", "contract", "account_id", "account", "currency", "account_currency")
    found = sql.rows(_PROBLEM.format(source=source), given)
    return next((dict(zip(names, row, strict=True)) for row in found), None)


def first_ids(source: str, limit: int) -> list[str]:
    """The external IDs of the first contracts in a table."""
    statement = f"SELECT given.external_id FROM {source} ORDER BY given.position LIMIT %(limit)s"  # noqa: S608
    return [external_id for (external_id,) in sql.rows(statement, {"limit": limit})]


def write(given: dict[str, Any], source: str = ARRAYS) -> int:
    """Change what differs, add what is missing; the number of contracts written."""
    return sql.execute(_REVISE.format(source=source), given) + sql.execute(_ADD.format(source=source), given)


def open_revenue(given: dict[str, Any], source: str = ARRAYS) -> None:
    """Give accounts with a contract a row of revenue, where no money has made one: their currency is settled."""
    sql.execute(_REVENUE.format(source=source), given)
