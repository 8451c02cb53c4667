"""Contracts in SQL: staged rows against contracts and the one line that carries a contract's amount."""

from __future__ import annotations

from typing import Any

from cshub.db import sql

TABLES = ("accounts_account", "accounts_contract", "accounts_contractline", "accounts_revenuemovement")
COLUMNS = {
    "row_number": "integer", "external_id": "text", "account": "text", "name": "text", "starts_on": "date", "ends_on": "date",
    "term_months": "smallint", "currency": "text", "arr": "numeric", "product": "text", "auto_renews": "boolean", "notice_days": "smallint",
}  # fmt: skip

PLAN = """
    WITH lines AS MATERIALIZED (
        SELECT line.contract_id, sum(line.arr) AS arr, count(*) AS count, min(line.external_id) AS external_id, min(line.product) AS product
        FROM staged_rows given
        JOIN accounts_contract contract ON contract.external_id = given.external_id
        JOIN accounts_contractline line ON line.contract_id = contract.id
        GROUP BY line.contract_id
    ), moved AS MATERIALIZED (
        SELECT line.contract_id, max(movement.occurred_on) AS moved_on
        FROM lines
        JOIN accounts_contractline line ON line.contract_id = lines.contract_id
        JOIN accounts_revenuemovement movement ON movement.line_id = line.id
        GROUP BY line.contract_id
    ), merged AS MATERIALIZED (
        SELECT given.row_number, given.external_id, given.account, account.id AS account_id, account.name AS account_name,
               contract.id AS contract_id, contract.account_id AS contract_account_id,
               coalesce(given.name, contract.name, '') AS name,
               given.starts_on, coalesce(given.ends_on, contract.ends_on) AS ends_on,
               coalesce(given.term_months, contract.term_months) AS term_months,
               coalesce(given.currency, contract.currency, revenue.currency, %(currency)s) AS currency,
               coalesce(given.auto_renews, contract.auto_renews, false) AS auto_renews,
               coalesce(given.notice_days, contract.notice_days, 0) AS notice_days,
               coalesce(contract.status, 'active') AS status, given.arr, coalesce(lines.arr, 0) AS line_arr, coalesce(lines.count, 0) AS line_count,
               coalesce(lines.external_id, given.external_id || ':1') AS line, given.product,
               coalesce(given.product, lines.product, '') <> coalesce(lines.product, '') AND lines.count = 1 AS product_differs,
               moved.moved_on, revenue.currency AS kept_currency,
               first_value(coalesce(given.currency, contract.currency, revenue.currency, %(currency)s))
                   OVER (PARTITION BY given.account ORDER BY given.row_number) AS first_currency,
               contract.name AS present_name, contract.starts_on AS present_starts_on, contract.ends_on AS present_ends_on,
               contract.term_months AS present_term_months, contract.currency AS present_currency, contract.auto_renews AS present_auto_renews,
               contract.notice_days AS present_notice_days
        FROM staged_rows given
        LEFT JOIN accounts_account account ON account.external_id = given.account
        LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = account.id
        LEFT JOIN accounts_contract contract ON contract.external_id = given.external_id
        LEFT JOIN lines ON lines.contract_id = contract.id
        LEFT JOIN moved ON moved.contract_id = contract.id
    ), compared AS MATERIALIZED (
        SELECT merged.*,
               contract_id IS NULL OR (present_name, present_starts_on, present_ends_on, present_term_months, present_currency, present_auto_renews,
                   present_notice_days) IS DISTINCT FROM (name, starts_on, ends_on, term_months, currency, auto_renews, notice_days) AS contract_differs,
               arr IS NOT NULL AND arr <> line_arr AS money_differs,
               CASE WHEN account_id IS NULL THEN 'unknown_account'
                    WHEN contract_account_id <> account_id THEN 'contract_of_another_account'
                    WHEN coalesce(kept_currency, first_currency) <> currency THEN 'second_currency'
                    WHEN ends_on <= starts_on THEN 'ends_before_it_starts'
                    WHEN arr <> line_arr AND line_count > 1 THEN 'several_lines' END AS problem
        FROM merged
    )
    SELECT row_number, external_id, account, account_name, contract_id, name, starts_on, ends_on, term_months, currency, auto_renews, notice_days,
           status, arr, line, line_count, product, product_differs, moved_on, coalesce(kept_currency, first_currency) AS kept_currency,
           contract_differs, money_differs, problem,
           CASE WHEN problem IS NOT NULL THEN 'fault' WHEN contract_id IS NULL THEN 'added'
                WHEN contract_differs OR money_differs OR product_differs THEN 'updated' ELSE 'unchanged' END AS verdict
    FROM compared
"""

_WRITTEN = "planned.verdict IN ('added', 'updated')"
CONTRACTS = f"""
    SELECT planned.row_number, contract.id FROM planned_rows planned JOIN accounts_contract contract ON contract.external_id = planned.external_id
    WHERE {_WRITTEN} AND planned.contract_differs
"""  # noqa: S608
LINES = f"""
    SELECT planned.row_number, line.id FROM planned_rows planned JOIN accounts_contractline line ON line.external_id = planned.line
    WHERE {_WRITTEN} AND (planned.money_differs OR planned.product_differs)
"""  # noqa: S608
MOVEMENTS = f"""
    SELECT line.row_number, movement.id FROM ({LINES}) line JOIN accounts_revenuemovement movement ON movement.line_id = line.id
"""  # noqa: S608
_FAULTS = "SELECT * FROM planned_rows WHERE verdict = 'fault' ORDER BY row_number"
_CHANGED = "SELECT * FROM planned_rows WHERE verdict IN ('added', 'updated') ORDER BY row_number"
_PRODUCTS = """
    UPDATE accounts_contractline line SET product = planned.product, updated_at = %(as_of)s
    FROM planned_rows planned WHERE planned.verdict = 'updated' AND planned.product_differs AND line.external_id = planned.line
"""


def faults() -> list[dict[str, Any]]:
    """Rows that contradict what is there."""
    return sql.records(_FAULTS)


def changed() -> list[dict[str, Any]]:
    """Contracts and lines that have to change."""
    return sql.records(_CHANGED)


def name_products(given: dict[str, Any]) -> None:
    """Products that are called differently now."""
    sql.execute(_PRODUCTS, given)
