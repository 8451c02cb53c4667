"""Accounts in SQL: staged rows against accounts, their main contract and its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.sql.changed import ON_CONFLICT
from cshub.db import sql

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

TABLES = ("accounts_account", "accounts_contract", "accounts_contractline", "accounts_revenuemovement")
COLUMNS = {
    "row_number": "integer", "external_id": "text", "name": "text", "fallback_name": "text", "domain": "text", "owner_id": "uuid",
    "status": "text", "segment": "text", "industry": "text", "region": "text", "timezone": "text", "language": "text",
    "customer_since_on": "date", "churned_on": "date", "attributes": "jsonb", "arr": "numeric", "currency": "text",
    "term_months": "smallint", "renewal_on": "date",
}  # fmt: skip

# Each step is kept, or the planner writes every expression out again wherever it is used. An empty cell leaves what is there. Of the commercial fields only rows with money, or with a main contract already, make something.
PLAN = """
    WITH moved AS MATERIALIZED (
        SELECT movement.line_id, max(movement.occurred_on) AS moved_on
        FROM staged_rows given
        JOIN accounts_contractline line ON line.external_id = given.external_id || ':main:1'
        JOIN accounts_revenuemovement movement ON movement.line_id = line.id
        GROUP BY movement.line_id
    ), merged AS MATERIALIZED (
        SELECT given.row_number, given.external_id, present.id AS account_id,
               coalesce(given.name, present.name, given.fallback_name, given.external_id) AS name,
               coalesce(given.domain, present.domain, '') AS domain,
               coalesce(given.owner_id, present.owner_id) AS owner_id,
               coalesce(given.status, present.status, 'active') AS status,
               coalesce(given.segment, present.segment, '') AS segment,
               coalesce(given.industry, present.industry, '') AS industry,
               coalesce(given.region, present.region, '') AS region,
               coalesce(given.timezone, present.timezone, '') AS timezone,
               coalesce(given.language, present.language, '') AS language,
               coalesce(given.customer_since_on, present.customer_since_on) AS customer_since_on,
               CASE WHEN coalesce(given.status, present.status) = 'churned'
                    THEN coalesce(given.churned_on, present.churned_on, %(reference_on)s) END AS churned_on,
               jsonb_strip_nulls(coalesce(present.attributes, '{}') || given.attributes) AS attributes,
               survivor.name AS survivor, given.arr, given.renewal_on, coalesce(given.term_months, contract.term_months) AS term_months,
               coalesce(given.currency, contract.currency, revenue.currency, %(currency)s) AS currency, revenue.currency AS kept_currency,
               contract.id AS contract_id, contract.account_id AS contract_account_id, contract.starts_on AS present_starts_on,
               contract.ends_on AS present_ends_on, contract.term_months AS present_term_months, contract.status AS present_contract_status,
               contract.currency AS present_currency, coalesce(contract.name, '') AS contract_name,
               coalesce(contract.auto_renews, false) AS auto_renews, coalesce(contract.notice_days, 0) AS notice_days,
               coalesce(line.arr, 0) AS line_arr, moved.moved_on
        FROM staged_rows given
        LEFT JOIN accounts_account present ON present.external_id = given.external_id
        LEFT JOIN accounts_account survivor ON survivor.id = present.merged_into_id
        LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = present.id
        LEFT JOIN accounts_contract contract ON contract.external_id = given.external_id || ':main'
        LEFT JOIN accounts_contractline line ON line.external_id = given.external_id || ':main:1'
        LEFT JOIN moved ON moved.line_id = line.id
    ), started AS MATERIALIZED (
        SELECT merged.*, status = 'churned' AS is_gone, arr IS NOT NULL OR contract_id IS NOT NULL AS has_contract,
               coalesce(customer_since_on, present_starts_on,
                        CASE WHEN renewal_on IS NULL THEN %(reference_on)s
                             ELSE least(%(reference_on)s, renewal_on - make_interval(months => coalesce(term_months, 12)))::date END) AS starts_on
        FROM merged
    ), termed AS MATERIALIZED (
        SELECT started.*, CASE WHEN is_gone THEN 'ended' ELSE 'active' END AS contract_status,
               CASE WHEN is_gone THEN greatest(churned_on, starts_on + 1)
                    WHEN renewal_on IS NOT NULL THEN renewal_on
                    WHEN term_months IS NULL THEN CASE WHEN present_contract_status = 'active' THEN present_ends_on END
                    WHEN present_contract_status = 'active' AND present_ends_on > %(reference_on)s
                         AND (present_starts_on, present_term_months) = (starts_on, term_months) THEN present_ends_on
                    ELSE (starts_on + make_interval(months => term_months * (1 + greatest(0, elapsed.months) / term_months)))::date END AS ends_on,
               CASE WHEN is_gone THEN 0 ELSE coalesce(arr, line_arr) END AS target_arr
        FROM started, LATERAL (
            SELECT (extract(year FROM age(%(reference_on)s, starts_on)) * 12 + extract(month FROM age(%(reference_on)s, starts_on)))::integer AS months
        ) elapsed
    ), compared AS MATERIALIZED (
        SELECT termed.*,
               account_id IS NULL OR (present.name, present.domain, present.owner_id, present.status, present.segment, present.industry, present.region,
                        present.timezone, present.language, present.customer_since_on, present.churned_on, present.attributes)
                   IS DISTINCT FROM (termed.name, termed.domain, termed.owner_id, termed.status, termed.segment, termed.industry,
                        termed.region, termed.timezone, termed.language, termed.customer_since_on, termed.churned_on, termed.attributes)
                   AS account_differs,
               has_contract AND (
                   contract_id IS NULL OR (present_starts_on, present_ends_on, present_term_months, present_contract_status, present_currency)
                   IS DISTINCT FROM (starts_on, ends_on, term_months, contract_status, currency)
               ) AS contract_differs,
               has_contract AND (target_arr <> line_arr OR (moved_on IS NULL AND is_gone AND arr > 0)) AS money_differs,
               CASE WHEN survivor IS NOT NULL THEN 'merged_away'
                    WHEN contract_account_id <> account_id OR (contract_id IS NOT NULL AND account_id IS NULL) THEN 'contract_of_another_account'
                    WHEN has_contract AND kept_currency <> currency THEN 'second_currency'
                    WHEN has_contract AND ends_on <= starts_on THEN 'ends_before_it_starts'
                    WHEN termed.status = 'churned' AND termed.churned_on < termed.customer_since_on THEN 'churned_before_it_started' END AS problem
        FROM termed LEFT JOIN accounts_account present ON present.id = termed.account_id
    )
    SELECT compared.*, CASE WHEN problem IS NOT NULL THEN 'fault' WHEN account_id IS NULL THEN 'added'
                            WHEN account_differs OR contract_differs OR money_differs THEN 'updated' ELSE 'unchanged' END AS verdict
    FROM compared
"""

FIELDS = (
    "name", "domain", "owner_id", "status", "segment", "industry", "region", "timezone", "language", "customer_since_on", "churned_on", "attributes",
)  # fmt: skip
_WRITTEN = "planned.verdict IN ('added', 'updated')"
ACCOUNTS = f"""
    SELECT planned.row_number, account.id FROM planned_rows planned JOIN accounts_account account ON account.external_id = planned.external_id
    WHERE {_WRITTEN} AND planned.account_differs
"""  # noqa: S608
CONTRACTS = f"""
    SELECT planned.row_number, contract.id FROM planned_rows planned
    JOIN accounts_contract contract ON contract.external_id = planned.external_id || ':main'
    WHERE {_WRITTEN} AND planned.contract_differs
"""  # noqa: S608
LINES = f"""
    SELECT planned.row_number, line.id FROM planned_rows planned
    JOIN accounts_contractline line ON line.external_id = planned.external_id || ':main:1'
    WHERE {_WRITTEN} AND planned.money_differs
"""  # noqa: S608
MOVEMENTS = f"""
    SELECT line.row_number, movement.id FROM ({LINES}) line JOIN accounts_revenuemovement movement ON movement.line_id = line.id
"""  # noqa: S608

# What money has to change, as the verbs of contracts and lines take it. A line that never moved gets its history: from the start, and
# gone again if the account has left.
_STAGED_TERMS = f"""
    CREATE TEMPORARY TABLE staged_terms ON COMMIT DROP AS
    SELECT external_id || ':main' AS external_id, external_id AS account, starts_on, ends_on, term_months, currency, contract_name AS name,
           auto_renews, notice_days, contract_status AS status, row_number AS position
    FROM planned_rows planned WHERE {_WRITTEN} AND contract_differs
"""  # noqa: S608
_STAGED_CHANGES = f"""
    CREATE TEMPORARY TABLE staged_changes ON COMMIT DROP AS
    SELECT external_id || ':main:1' AS line, external_id || ':main' AS contract, change.new_arr, change.occurred_on,
           NULL::text AS kind, NULL::text AS source_ref, ''::text AS product, 2 * row_number + change.step AS position
    FROM planned_rows planned CROSS JOIN LATERAL (
        SELECT coalesce(nullif(arr, 0), target_arr) AS new_arr, starts_on AS occurred_on, 0 AS step WHERE moved_on IS NULL
        UNION ALL SELECT 0, greatest(churned_on, starts_on), 1 WHERE moved_on IS NULL AND is_gone
        UNION ALL SELECT target_arr, greatest(CASE WHEN is_gone THEN churned_on ELSE %(reference_on)s END, moved_on), 0 WHERE moved_on IS NOT NULL
    ) change
    WHERE {_WRITTEN} AND money_differs
"""  # noqa: S608
_HAS_MONEY = (
    f"SELECT EXISTS (SELECT FROM planned_rows planned WHERE {_WRITTEN} AND (contract_differs OR money_differs))"  # noqa: S608
)
_PROLONGED = f"""
    SELECT external_id || ':main' FROM planned_rows planned
    WHERE {_WRITTEN} AND contract_differs AND contract_id IS NOT NULL AND renewal_on IS NOT NULL ORDER BY row_number
"""  # noqa: S608

_FIELDS = "name, domain, owner_id, status, segment, industry, region, timezone, language, customer_since_on, churned_on, attributes"
_REVISE = f"""
    UPDATE accounts_account account SET ({_FIELDS}) = ({", ".join(f"planned.{field}" for field in _FIELDS.split(", "))}), updated_at = %(as_of)s
    FROM planned_rows planned WHERE planned.verdict = 'updated' AND planned.account_differs AND account.id = planned.account_id
"""  # noqa: S608
_ADD = f"""
    INSERT INTO accounts_account (external_id, {_FIELDS}, recorded_at, updated_at)
    SELECT external_id, {_FIELDS}, %(as_of)s, %(as_of)s FROM planned_rows WHERE verdict = 'added' ORDER BY row_number
    ON CONFLICT (external_id) DO NOTHING
"""  # noqa: S608
_NOTE_CHANGED = f"""
    INSERT INTO accounts_changedaccount AS noted (account_id, changed_at)
    SELECT account.id, %(as_of)s FROM planned_rows planned JOIN accounts_account account ON account.external_id = planned.external_id
    WHERE {_WRITTEN} ORDER BY account.id
    {ON_CONFLICT}
"""  # noqa: S608
_OWNED = f"""
    SELECT account.id FROM planned_rows planned JOIN accounts_account account ON account.external_id = planned.external_id
    WHERE {_WRITTEN} AND planned.account_differs AND account.owner_id IS NOT NULL
"""  # noqa: S608
_FAULTS = "SELECT row_number, problem, name, survivor, kept_currency, currency, starts_on, ends_on FROM planned_rows WHERE verdict = 'fault' ORDER BY row_number"


def write(*, as_of: datetime) -> None:
    """Change the accounts that differ, add the missing ones, and note that their facts changed."""
    for statement in (_REVISE, _ADD, _NOTE_CHANGED):
        sql.execute(statement, {"as_of": as_of})


def owned() -> list[UUID]:
    """Written accounts that somebody looks after."""
    return [account for (account,) in sql.rows(_OWNED)]


def faults() -> list[dict[str, Any]]:
    """Rows that contradict what is there."""
    return sql.records(_FAULTS)


def has_money() -> bool:
    """Whether a contract or an amount has to change."""
    return bool(sql.rows(_HAS_MONEY)[0][0])


def stage_money(*, reference_on: date) -> None:
    """Put terms and amounts that have to change into `staged_terms` and `staged_changes`."""
    for statement in (_STAGED_TERMS, _STAGED_CHANGES):
        sql.execute(statement, {"reference_on": reference_on})
    sql.execute("ANALYZE staged_terms, staged_changes")


def prolonged() -> list[str]:
    """Contracts that were there and got an end from the file."""
    return [contract for (contract,) in sql.rows(_PROLONGED)]


def drop_money() -> None:
    """The tables of `stage_money` are no longer needed."""
    sql.execute("DROP TABLE staged_terms, staged_changes")
