"""Keeps the history of owners in step with the accounts' owner, in two statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

_CLOSE = """
    UPDATE accounts_ownership held SET until = greatest(held.since, %(as_of)s)
    FROM accounts_account account
    WHERE held.until IS NULL AND account.id = held.account_id AND account.owner_id IS DISTINCT FROM held.user_id
      AND (%(accounts)s::uuid[] IS NULL OR account.id = ANY(%(accounts)s::uuid[]))
"""
_OPEN = """
    INSERT INTO accounts_ownership (account_id, user_id, since)
    SELECT account.id, account.owner_id,
           CASE WHEN EXISTS (SELECT FROM accounts_ownership earlier WHERE earlier.account_id = account.id)
                THEN %(as_of)s::timestamptz ELSE least(%(as_of)s, account.recorded_at) END
    FROM accounts_account account
    WHERE account.owner_id IS NOT NULL
      AND (%(accounts)s::uuid[] IS NULL OR account.id = ANY(%(accounts)s::uuid[]))
      AND NOT EXISTS (SELECT FROM accounts_ownership held WHERE held.account_id = account.id AND held.until IS NULL)
    ORDER BY account.id
    ON CONFLICT DO NOTHING
"""


def reconcile(accounts: Sequence[UUID] | None, *, as_of: datetime) -> int:
    """Close what ended, open what began (of some accounts, or of all); how many rows were written."""
    given = {"accounts": None if accounts is None else list(accounts), "as_of": as_of}
    return sql.execute(_CLOSE, given) + sql.execute(_OPEN, given)
