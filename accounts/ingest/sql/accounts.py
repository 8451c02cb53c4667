"""Accounts in SQL: staged rows against accounts, their main contract and its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.ingest.sql.added_accounts import FIELDS
from accounts.sql.aliases import KNOWN_ACCOUNTS
from accounts.sql.changed import ON_CONFLICT
from cshub.db import sql
from cshub.db.models import NewId

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

TABLES = ("accounts_account", "accounts_contract", "accounts_contractline", "accounts_revenuemovement")
COLUMNS = {
    "row_number": "integer", "external_id": "text", "name": "text", "fallback_name": "text", "domain": "text", "owner_id": "uuid",
    "status": "text", "segment": "text", "industry": "text", "region": "text", "timezone": "text", "language": "text",
    "customer_since_on": "date", "churned_on": "date", "attributes": "jsonb", "arr": "numeric", "currency": "text",
    "term_months": "smallint", "renewal_on": "date", "stage": "text", "parent": "text",
}  # fmt: skip

_TEXTS = ("domain", "segment", "industry", "region", "timezone", "language")
_FIELDS_DIFFER = f"""present.id IS NOT NULL AND coalesce(
    given.name <> present.name OR given.status <> present.status
    OR {" OR ".join(f"given.{name} <> present.{name}" for name in _TEXTS)}
    OR (given.owner_id IS NOT NULL AND given.owner_id IS DISTINCT FROM present.owner_id)
    OR (given.customer_since_on IS NOT NULL AND given.customer_since_on IS DISTINCT FROM present.customer_since_on)
    OR jsonb_strip_nulls(present.attributes || given.attributes) <> present.attributes, false)"""
# Most rows of a file that comes again: all they say stands there already, and nothing follows from it. Any other row is looked at in full.
_SAYS_THE_SAME = f"""coalesce(
    present.id IS NOT NULL AND NOT ({_FIELDS_DIFFER}) AND present.status <> 'churned' AND present.churned_on IS NULL AND present.merged_into_id IS NULL AND given.parent IS NULL
    AND coalesce(given.stage = present.stage, given.stage IS NULL)
    AND CASE WHEN contract.id IS NULL THEN given.arr IS NULL ELSE
        contract.account_id = present.id AND contract.status = 'active' AND contract.currency = revenue.currency
        AND contract.starts_on = coalesce(given.customer_since_on, present.customer_since_on, contract.starts_on)
        AND coalesce(given.currency = contract.currency, given.currency IS NULL)
        AND coalesce(given.term_months = contract.term_months, given.term_months IS NULL)
        AND CASE WHEN given.renewal_on IS NULL THEN contract.term_months IS NULL ELSE given.renewal_on = contract.ends_on END
        AND coalesce(given.arr = line.arr, given.arr IS NULL) END, false)"""
# Rows that say what is there already are left out. Steps end with OFFSET 0, or the planner writes every expression out again wherever it is used. An empty cell leaves what is there. Of the commercial fields only rows with money, or with a main contract already, make something.
PLAN = f"""
    WITH merged AS (
        SELECT given.row_number, given.external_id, present.id AS account_id,
               coalesce(given.name, present.name, given.fallback_name, given.external_id) AS name,
               {", ".join(f"coalesce(given.{name}, present.{name}, '') AS {name}" for name in _TEXTS)},
               coalesce(given.owner_id, present.owner_id) AS owner_id,
               coalesce(given.status, present.status, 'active') AS status,
               coalesce(given.stage, present.stage, '') AS stage, present.stage AS present_stage, present.stage_since,
               coalesce(given.customer_since_on, present.customer_since_on) AS customer_since_on,
               CASE WHEN coalesce(given.status, present.status) = 'churned'
                    THEN coalesce(given.churned_on, present.churned_on, %(reference_on)s) END AS churned_on,
               present.churned_on AS present_churned_on,
               CASE WHEN given.attributes IS NULL THEN coalesce(present.attributes, '{{}}')
                    ELSE jsonb_strip_nulls(coalesce(present.attributes, '{{}}') || given.attributes) END AS attributes,
               {_FIELDS_DIFFER} AS fields_differ,
               given.owner_id IS NOT NULL AND given.owner_id IS DISTINCT FROM present.owner_id AS owner_differs,
               CASE WHEN present.merged_into_id IS NOT NULL
                    THEN (SELECT survivor.name FROM accounts_account survivor WHERE survivor.id = present.merged_into_id) END AS survivor,
               present.id IS NOT NULL AND given.parent IS NOT NULL AND present.parent_id IS DISTINCT FROM CASE WHEN given.parent IS NOT NULL
                    THEN (SELECT known.id FROM {KNOWN_ACCOUNTS} known WHERE known.external_id = given.parent) END AS parent_differs,
               given.arr, given.renewal_on, coalesce(given.term_months, contract.term_months) AS term_months,
               given.arr IS NOT NULL OR contract.id IS NOT NULL AS has_contract,
               coalesce(given.currency, contract.currency, revenue.currency, %(currency)s) AS currency, revenue.currency AS kept_currency,
               contract.id AS contract_id, contract.account_id AS contract_account_id, contract.starts_on AS present_starts_on,
               contract.ends_on AS present_ends_on, contract.term_months AS present_term_months, contract.status AS present_contract_status,
               contract.currency AS present_currency, coalesce(contract.name, '') AS contract_name,
               coalesce(contract.auto_renews, false) AS auto_renews, coalesce(contract.notice_days, 0) AS notice_days,
               coalesce(line.arr, 0) AS line_arr, line.id AS line_id,
               CASE WHEN line.id IS NOT NULL
                    THEN (SELECT max(movement.occurred_on) FROM accounts_revenuemovement movement WHERE movement.line_id = line.id) END AS moved_on
        FROM staged_rows given
        LEFT JOIN accounts_account present ON present.external_id = given.external_id
        LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = present.id
        LEFT JOIN accounts_contract contract ON contract.external_id = given.external_id || ':main'
        LEFT JOIN accounts_contractline line ON line.external_id = given.external_id || ':main:1'
        WHERE NOT {_SAYS_THE_SAME}
        OFFSET 0
    ), started AS (
        SELECT merged.*, status = 'churned' AS is_gone,
               CASE WHEN has_contract THEN
                    coalesce(customer_since_on, present_starts_on,
                        CASE WHEN renewal_on IS NULL THEN %(reference_on)s
                             ELSE least(%(reference_on)s, renewal_on - make_interval(months => coalesce(term_months, 12)))::date END) END AS starts_on
        FROM merged OFFSET 0
    ), termed AS (
        SELECT started.*, CASE WHEN is_gone THEN 'ended' ELSE 'active' END AS contract_status,
               CASE WHEN NOT has_contract THEN NULL
                    WHEN is_gone THEN greatest(churned_on, starts_on + 1)
                    WHEN renewal_on IS NOT NULL THEN renewal_on
                    WHEN term_months IS NULL THEN CASE WHEN present_contract_status = 'active' THEN present_ends_on END
                    WHEN present_contract_status = 'active' AND present_ends_on > %(reference_on)s
                         AND (present_starts_on, present_term_months) = (starts_on, term_months) THEN present_ends_on
                    ELSE (starts_on + make_interval(months => term_months * (1 + greatest(0, (
                              extract(year FROM age(%(reference_on)s, starts_on)) * 12 + extract(month FROM age(%(reference_on)s, starts_on)))::integer) / term_months)))::date
                    END AS ends_on,
               CASE WHEN is_gone THEN 0 ELSE coalesce(arr, line_arr) END AS target_arr
        FROM started OFFSET 0
    ), compared AS (
        SELECT termed.*,
               account_id IS NULL OR fields_differ OR stage <> present_stage OR churned_on IS DISTINCT FROM present_churned_on AS account_differs,
               has_contract AND (
                   contract_id IS NULL OR (present_starts_on, present_ends_on, present_term_months, present_contract_status, present_currency)
                   IS DISTINCT FROM (starts_on, ends_on, term_months, contract_status, currency)
               ) AS contract_differs,
               has_contract AND (target_arr <> line_arr OR (moved_on IS NULL AND is_gone AND arr > 0)) AS money_differs,
               coalesce(account_id, contract_id, line_id) IS NULL AND NOT is_gone AND target_arr > 0 AS is_opening,
               CASE WHEN survivor IS NOT NULL THEN 'merged_away'
                    WHEN contract_account_id <> account_id OR (contract_id IS NOT NULL AND account_id IS NULL) THEN 'contract_of_another_account'
                    WHEN has_contract AND kept_currency <> currency THEN 'second_currency'
                    WHEN has_contract AND ends_on <= starts_on THEN 'ends_before_it_starts'
                    WHEN churned_on < customer_since_on THEN 'churned_before_it_started'
                    WHEN present_stage || ' ' || stage = ANY(%(never)s::text[]) THEN 'never_follows' END AS problem
        FROM termed OFFSET 0
    )
    SELECT row_number, external_id, account_id, name, {", ".join(_TEXTS)}, owner_id, owner_differs, status, stage, present_stage,
           greatest(stage_since, %(stage_at)s) AS stage_at, customer_since_on, churned_on, attributes, arr, term_months, currency, contract_id,
           contract_name, auto_renews, notice_days, starts_on, ends_on, renewal_on, contract_status, is_gone, target_arr, moved_on,
           CASE WHEN account_id IS NULL AND problem IS NULL THEN {NewId.template} END AS new_id,
           account_differs, contract_differs, money_differs, is_opening, problem, survivor, kept_currency,
           CASE WHEN problem IS NOT NULL THEN 'fault' WHEN account_id IS NULL THEN 'added'
                WHEN account_differs OR contract_differs OR money_differs OR parent_differs THEN 'updated' ELSE 'unchanged' END AS verdict
    FROM compared
"""  # noqa: S608

RESTORED = (*FIELDS, "stage", "stage_since", "parent_id")
_WRITTEN = "planned.verdict IN ('added', 'updated')"
_FURTHER = f"{_WRITTEN} AND NOT planned.is_opening"  # what opens the revenue of an account has statements of its own
# Added accounts are kept for undoing by the statement that adds them.
ACCOUNTS = "SELECT planned.row_number, planned.account_id AS id FROM planned_rows planned WHERE planned.verdict = 'updated' AND planned.account_differs"
CONTRACTS = f"""
    SELECT planned.row_number, contract.id FROM planned_rows planned
    JOIN accounts_contract contract ON contract.external_id = planned.external_id || ':main'
    WHERE {_FURTHER} AND planned.contract_differs
"""  # noqa: S608
LINES = f"""
    SELECT planned.row_number, line.id FROM planned_rows planned
    JOIN accounts_contractline line ON line.external_id = planned.external_id || ':main:1'
    WHERE {_FURTHER} AND planned.money_differs
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
    FROM planned_rows planned WHERE {_FURTHER} AND contract_differs
"""  # noqa: S608
_STAGED_MOVES = """
    CREATE TEMPORARY TABLE staged_moves ON COMMIT DROP AS
    SELECT account_id, stage AS to_stage, stage_at AS occurred_at FROM planned_rows WHERE verdict = 'updated' AND stage <> present_stage
"""
_STAGED_CHANGES = f"""
    CREATE TEMPORARY TABLE staged_changes ON COMMIT DROP AS
    SELECT external_id || ':main:1' AS line, external_id || ':main' AS contract, change.new_arr, change.occurred_on,
           NULL::text AS kind, NULL::text AS source_ref, ''::text AS product, 2 * row_number + change.step AS position
    FROM planned_rows planned CROSS JOIN LATERAL (
        SELECT coalesce(nullif(arr, 0), target_arr) AS new_arr, starts_on AS occurred_on, 0 AS step WHERE moved_on IS NULL
        UNION ALL SELECT 0, greatest(churned_on, starts_on), 1 WHERE moved_on IS NULL AND is_gone
        UNION ALL SELECT target_arr, greatest(CASE WHEN is_gone THEN churned_on ELSE %(reference_on)s END, moved_on), 0 WHERE moved_on IS NOT NULL
    ) change
    WHERE {_FURTHER} AND money_differs
"""  # noqa: S608
_DIFFERS = f"{_FURTHER} AND (contract_differs OR money_differs)"
_TO_WRITE = f"""
    SELECT count(*) FILTER (WHERE is_opening), count(*) FILTER (WHERE {_DIFFERS}) > 0, count(*) FILTER (WHERE owner_differs) > 0
    FROM planned_rows planned WHERE {_WRITTEN}
"""  # noqa: S608
_WITH_MONEY = f"""
    SELECT account.id FROM planned_rows planned JOIN accounts_account account ON account.external_id = planned.external_id WHERE {_DIFFERS}
"""  # noqa: S608
_PROLONGED = f"""
    SELECT external_id || ':main' FROM planned_rows planned
    WHERE {_WRITTEN} AND contract_differs AND contract_id IS NOT NULL AND renewal_on IS NOT NULL ORDER BY row_number
"""  # noqa: S608

_FIELDS = ", ".join(FIELDS)
_REVISE = f"""
    UPDATE accounts_account account SET ({_FIELDS}) = ({", ".join(f"planned.{field}" for field in FIELDS)}), updated_at = %(as_of)s
    FROM planned_rows planned WHERE planned.verdict = 'updated' AND planned.account_differs AND account.id = planned.account_id
"""  # noqa: S608
_NOTE_CHANGED = f"""
    INSERT INTO accounts_changedaccount AS noted (account_id, changed_at)
    SELECT account_id, %(as_of)s FROM planned_rows WHERE verdict = 'updated' ORDER BY account_id
    {ON_CONFLICT}
"""  # noqa: S608
_OWNED = f"""
    SELECT account.id FROM planned_rows planned JOIN accounts_account account ON account.external_id = planned.external_id
    WHERE {_WRITTEN} AND planned.owner_differs
"""  # noqa: S608
_FAULTS = "SELECT row_number, problem, name, survivor, kept_currency, currency, starts_on, ends_on, stage, present_stage FROM planned_rows WHERE verdict = 'fault' ORDER BY row_number"


def revise(given: dict[str, Any]) -> None:
    """Change the accounts that differ, and note whose facts changed."""
    for statement in (_REVISE, _NOTE_CHANGED):
        sql.execute(statement, given)


def stage_moves() -> None:
    """Put the accounts that come into another stage into `staged_moves`, as the verb of stages takes them."""
    sql.execute(_STAGED_MOVES)


def drop_moves() -> None:
    """The table of `stage_moves` is no longer needed."""
    sql.execute("DROP TABLE staged_moves")


def owned() -> list[UUID]:
    """Written accounts that somebody else looks after now."""
    return [account for (account,) in sql.rows(_OWNED)]


def faults() -> list[dict[str, Any]]:
    """Rows that contradict what is there."""
    return sql.records(_FAULTS)


def to_write() -> tuple[int, bool, bool]:
    """How many rows open the revenue of an account that they add, whether a contract or an amount has to change besides, and whether an owner has."""
    opening_count, has_money, has_owners = sql.rows(_TO_WRITE)[0]
    return int(opening_count), bool(has_money), bool(has_owners)


def with_money() -> list[UUID]:
    """Accounts whose contract or amount has to change, but for those whose revenue is opened."""
    return [account for (account,) in sql.rows(_WITH_MONEY)]


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
