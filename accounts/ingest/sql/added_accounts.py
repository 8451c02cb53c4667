"""Accounts that a file adds, in SQL: the accounts themselves, what opens the revenue of those that pay, and what is kept for undoing both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.ingest.sql.traces import pack
from cshub.db import sql
from cshub.db.models import NewId

if TYPE_CHECKING:
    from uuid import UUID

FIELDS = (
    "name", "domain", "owner_id", "status", "segment", "industry", "region", "timezone", "language", "customer_since_on", "churned_on", "attributes",
)  # fmt: skip
OPENED = "opened_rows"
_FIELDS = ", ".join(FIELDS)
# The plan gives each account that is missing its key. A note of an account that is not added after all means nothing to whoever takes it.
_ADD = f"""
    WITH noted AS (
        INSERT INTO accounts_changedaccount (account_id, changed_at)
        SELECT new_id, %(as_of)s FROM planned_rows WHERE verdict = 'added' ORDER BY row_number
    )
    INSERT INTO accounts_account (id, external_id, {_FIELDS}, stage, stage_since, recorded_at, updated_at)
    SELECT new_id, external_id, {_FIELDS}, stage, CASE WHEN stage <> '' THEN %(stage_at)s END, %(as_of)s, %(as_of)s
    FROM planned_rows WHERE verdict = 'added' ORDER BY row_number
    ON CONFLICT (external_id) DO NOTHING
"""  # noqa: S608
# Somebody else added the account meanwhile: it is not ours to undo, nor is it certain that nobody has booked money on it.
_NOT_ADDED = """
    UPDATE planned_rows planned SET new_id = NULL, is_opening = false
    WHERE verdict = 'added' AND NOT EXISTS (SELECT FROM accounts_account account WHERE account.id = planned.new_id)
"""
_OPENED = f"""
    CREATE TEMPORARY TABLE {OPENED} ON COMMIT DROP AS
    SELECT row_number, new_id AS account_id, {NewId.template} AS contract_id, external_id || ':main' AS contract,
           {NewId.template} AS line_id, external_id || ':main:1' AS line, {NewId.template} AS movement_id,
           starts_on, ends_on, term_months, currency, target_arr AS arr
    FROM planned_rows WHERE verdict = 'added' AND is_opening ORDER BY row_number
"""  # noqa: S608
# The rows of a table were written by one statement, so one of them tells the version of all.
_KEEP = """
    SELECT row_number, {key} AS id, (SELECT xmin::text::bigint FROM {table} WHERE id = (SELECT {key} FROM {source} LIMIT 1)) AS version
    FROM {source}
"""
_NEW_ACCOUNTS = "(SELECT row_number, new_id FROM planned_rows WHERE new_id IS NOT NULL) added"
_KEEP_ACCOUNTS = pack("accounts_account", _KEEP.format(table="accounts_account", key="new_id", source=_NEW_ACCOUNTS))
_TABLES = {
    "accounts_contract": "contract_id",
    "accounts_contractline": "line_id",
    "accounts_revenuemovement": "movement_id",
}
_KEEP_OPENED = [pack(table, _KEEP.format(table=table, key=key, source=OPENED)) for table, key in _TABLES.items()]


def add(given: dict[str, Any], added_count: int, *, batch_id: UUID | None) -> bool:
    """Add the missing accounts, note that their facts changed, and keep them for undoing the import of `batch_id`.

    False when somebody else was quicker with one of them: `planned_rows` has no `new_id` then, and no opening.
    """
    is_ours = sql.execute(_ADD, given) == added_count
    if not is_ours:
        sql.execute(_NOT_ADDED)
    if batch_id:
        sql.execute(_KEEP_ACCOUNTS, {"batch": batch_id})
    return is_ours


def plan_openings() -> int:
    """Put what opens the revenue of added accounts into `OPENED`, as its verb takes it; how many rows it has."""
    return sql.execute(_OPENED)


def keep_opened(*, batch_id: UUID | None) -> None:
    """Keep what was opened for undoing the import of `batch_id`; `OPENED` is no longer needed."""
    for statement in _KEEP_OPENED if batch_id else ():
        sql.execute(statement, {"batch": batch_id})
    sql.execute(f"DROP TABLE {OPENED}")
