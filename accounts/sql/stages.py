"""Stages in SQL: many accounts move at once, each with a row of its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOCK = """
    SELECT account.id FROM accounts_account account
    WHERE account.id IN (SELECT account_id FROM {table}) ORDER BY account.id FOR NO KEY UPDATE
"""
_MOVE = """
    WITH moved AS (
        INSERT INTO accounts_stagechange (account_id, from_stage, to_stage, occurred_at, reason, changed_by_id, recorded_at)
        SELECT account.id, account.stage, move.to_stage, move.occurred_at, %(reason)s, %(by)s, %(as_of)s
        FROM {table} move JOIN accounts_account account ON account.id = move.account_id
        WHERE account.stage <> move.to_stage ORDER BY account.id
        RETURNING account_id, to_stage, occurred_at
    )
    UPDATE accounts_account account SET stage = moved.to_stage, stage_since = moved.occurred_at, updated_at = %(as_of)s
    FROM moved WHERE account.id = moved.account_id
"""
_FIRST = """
    SELECT account.external_id FROM accounts_account account WHERE account.id IN (SELECT account_id FROM {table})
    ORDER BY account.external_id LIMIT %(limit)s
"""


def move(table: str, given: Mapping[str, Any]) -> int:
    """Move the accounts of a table (account_id, to_stage, occurred_at) that are elsewhere; how many."""
    sql.rows(_LOCK.format(table=table))
    return sql.execute(_MOVE.format(table=table), given)


def first_ids(table: str, limit: int) -> list[str]:
    """The external IDs of the first accounts in the table."""
    return [external_id for (external_id,) in sql.rows(_FIRST.format(table=table), {"limit": limit})]
