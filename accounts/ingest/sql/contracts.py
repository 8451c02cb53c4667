"""Contracts in SQL: staged rows against contracts and the one line that carries a contract's amount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.sql.aliases import KNOWN_ACCOUNTS
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

TABLES = ("accounts_account", "accounts_contract", "accounts_contractline", "accounts_revenuemovement")
COLUMNS = {
    "row_number": "integer", "external_id": "text", "account": "text", "name": "text", "starts_on": "date", "ends_on": "date",
    "term_months": "smallint", "currency": "text", "arr": "numeric", "product": "text", "auto_renews": "boolean", "notice_days": "smallint",
    "escalator_percent": "numeric(6,3)", "co_term_with": "text", "attributes": "jsonb",
}  # fmt: skip

PLAN = f"""
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
               given.starts_on, given.ends_on AS given_ends_on,
               CASE WHEN coalesce(given.co_term_with, main.external_id) IS NOT NULL THEN coalesce(main_row.ends_on, main.ends_on)
                    ELSE coalesce(given.ends_on, contract.ends_on) END AS ends_on,
               coalesce(given.co_term_with, main.external_id) AS main, main.id IS NOT NULL OR main_row.external_id IS NOT NULL AS has_main,
               coalesce(main_account.id, main.account_id) AS main_account_id,
               given.external_id = given.co_term_with OR main.co_term_with_id IS NOT NULL OR main_row.co_term_with IS NOT NULL AS main_follows,
               coalesce(given.escalator_percent, contract.escalator_percent) AS escalator_percent,
               jsonb_strip_nulls(coalesce(contract.attributes, '{{}}') || given.attributes) AS attributes,
               (coalesce(given.escalator_percent, contract.escalator_percent), coalesce(given.co_term_with, main.external_id),
                jsonb_strip_nulls(coalesce(contract.attributes, '{{}}') || given.attributes)) IS DISTINCT FROM
                   (contract.escalator_percent, present_main.external_id, coalesce(contract.attributes, '{{}}')) AS terms_differ,
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
        LEFT JOIN {KNOWN_ACCOUNTS} account ON account.external_id = given.account
        LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = account.id
        LEFT JOIN accounts_contract contract ON contract.external_id = given.external_id
        LEFT JOIN accounts_contract present_main ON present_main.id = contract.co_term_with_id
        LEFT JOIN accounts_contract main ON main.external_id = coalesce(given.co_term_with, present_main.external_id)
        LEFT JOIN staged_rows main_row ON main_row.external_id = coalesce(given.co_term_with, present_main.external_id)
        LEFT JOIN {KNOWN_ACCOUNTS} main_account ON main_account.external_id = main_row.account
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
                    WHEN main IS NOT NULL AND NOT has_main THEN 'unknown_main'
                    WHEN main_account_id <> account_id THEN 'main_elsewhere'
                    WHEN main_follows THEN 'main_follows'
                    WHEN main IS NOT NULL AND given_ends_on <> ends_on THEN 'ends_with_main'
                    WHEN ends_on <= starts_on THEN 'ends_before_it_starts'
                    WHEN arr <> line_arr AND line_count > 1 THEN 'several_lines' END AS problem
        FROM merged
    )
    SELECT row_number, external_id, account, account_id, account_name, main, terms_differ, escalator_percent, attributes, contract_id, name, starts_on, ends_on, term_months, currency, auto_renews, notice_days,
           status, arr, line, line_count, product, product_differs, moved_on, coalesce(kept_currency, first_currency) AS kept_currency,
           contract_differs, money_differs, problem,
           CASE WHEN problem IS NOT NULL THEN 'fault' WHEN contract_id IS NULL THEN 'added'
                WHEN contract_differs OR terms_differ OR money_differs OR product_differs THEN 'updated' ELSE 'unchanged' END AS verdict
    FROM compared
"""  # noqa: S608

_WRITTEN = "planned.verdict IN ('added', 'updated')"
CONTRACTS = f"""
    SELECT planned.row_number, contract.id FROM planned_rows planned JOIN accounts_contract contract ON contract.external_id = planned.external_id
    WHERE {_WRITTEN} AND (planned.contract_differs OR planned.terms_differ)
"""  # noqa: S608
LINES = f"""
    SELECT planned.row_number, line.id FROM planned_rows planned JOIN accounts_contractline line ON line.external_id = planned.line
    WHERE {_WRITTEN} AND (planned.money_differs OR planned.product_differs)
"""  # noqa: S608
MOVEMENTS = f"""
    SELECT line.row_number, movement.id FROM ({LINES}) line JOIN accounts_revenuemovement movement ON movement.line_id = line.id
"""  # noqa: S608
# What has to change, as the verbs of contracts and lines take it.
_STAGED_TERMS = f"""
    CREATE TEMPORARY TABLE staged_terms ON COMMIT DROP AS
    SELECT external_id, account, starts_on, ends_on, term_months, currency, name, auto_renews, notice_days, status, row_number AS position
    FROM planned_rows planned WHERE {_WRITTEN} AND contract_differs
"""  # noqa: S608
_STAGED_CHANGES = f"""
    CREATE TEMPORARY TABLE staged_changes ON COMMIT DROP AS
    SELECT line, external_id AS contract, arr AS new_arr, CASE WHEN moved_on IS NULL THEN starts_on ELSE greatest(%(reference_on)s, moved_on) END AS occurred_on,
           NULL::text AS kind, NULL::text AS source_ref, coalesce(product, '') AS product, row_number AS position
    FROM planned_rows planned WHERE {_WRITTEN} AND money_differs
"""  # noqa: S608
_HAS_MONEY = (
    f"SELECT EXISTS (SELECT FROM planned_rows planned WHERE {_WRITTEN} AND (contract_differs OR money_differs))"  # noqa: S608
)
_PROLONGED = f"""
    SELECT external_id FROM planned_rows planned WHERE {_WRITTEN} AND contract_differs AND contract_id IS NOT NULL ORDER BY row_number
"""  # noqa: S608
_PRODUCTS = """
    UPDATE accounts_contractline line SET product = planned.product, updated_at = %(as_of)s
    FROM planned_rows planned WHERE planned.verdict = 'updated' AND planned.product_differs AND line.external_id = planned.line
"""
_TERMS = f"""
    UPDATE accounts_contract contract
    SET escalator_percent = planned.escalator_percent, co_term_with_id = main.id, attributes = planned.attributes, updated_at = %(as_of)s
    FROM planned_rows planned LEFT JOIN accounts_contract main ON main.external_id = planned.main
    WHERE {_WRITTEN} AND planned.terms_differ AND contract.external_id = planned.external_id
"""  # noqa: S608
# Contracts that are not in the file and end together with one that is.
_FOLLOW = f"""
    UPDATE accounts_contract follower SET ends_on = main.ends_on, updated_at = %(as_of)s
    FROM planned_rows planned JOIN accounts_contract main ON main.external_id = planned.external_id
    WHERE {_WRITTEN} AND planned.contract_differs AND follower.co_term_with_id = main.id AND follower.status = 'active'
      AND follower.ends_on IS DISTINCT FROM main.ends_on AND (main.ends_on > follower.starts_on OR main.ends_on IS NULL)
"""  # noqa: S608
REST: Sequence[str] = (_PRODUCTS, _TERMS, _FOLLOW)


def has_money() -> bool:
    """Whether a contract or an amount has to change."""
    return bool(sql.rows(_HAS_MONEY)[0][0])


def stage_money(*, reference_on: date) -> None:
    """Put terms and amounts that have to change into `staged_terms` and `staged_changes`."""
    for statement in (_STAGED_TERMS, _STAGED_CHANGES):
        sql.execute(statement, {"reference_on": reference_on})
    sql.execute("ANALYZE staged_terms, staged_changes")


def prolonged() -> list[str]:
    """Contracts that were there and are changed."""
    return [contract for (contract,) in sql.rows(_PROLONGED)]


def drop_money() -> None:
    """The tables of `stage_money` are no longer needed."""
    sql.execute("DROP TABLE staged_terms, staged_changes")
