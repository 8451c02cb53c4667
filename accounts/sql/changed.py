"""Whose facts changed, in SQL: noted by whoever writes facts, taken by whoever scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

# A note that is there already is locked, not left alone: whoever takes it meanwhile would score without the facts of this transaction.
ON_CONFLICT = "ON CONFLICT (account_id) DO UPDATE SET changed_at = noted.changed_at WHERE false"
_NOTE = "INSERT INTO accounts_changedaccount AS noted (account_id, changed_at) SELECT DISTINCT account_id, %(as_of)s::timestamptz FROM"
_TAKE = """
    DELETE FROM accounts_changedaccount WHERE account_id = ANY (ARRAY(
        SELECT account_id FROM accounts_changedaccount ORDER BY changed_at, account_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )) RETURNING account_id
"""
_IS_LARGER = "SELECT EXISTS (SELECT FROM accounts_account OFFSET %(than)s LIMIT 1)"
_WAIT = "SELECT EXISTS (SELECT FROM accounts_changedaccount OFFSET %(more_than)s LIMIT 1)"
# The notes from the oldest one on, in the order of account ids: a file notes accounts that stand side by side.
_STRETCH = """
    SELECT account_id FROM accounts_changedaccount
    WHERE account_id >= (SELECT account_id FROM accounts_changedaccount ORDER BY changed_at, account_id LIMIT 1)
    ORDER BY account_id LIMIT %(limit)s
"""
_TAKE_STRETCH = """
    DELETE FROM accounts_changedaccount WHERE account_id = ANY (ARRAY(
        SELECT account_id FROM accounts_changedaccount WHERE account_id BETWEEN %(first)s AND %(last)s ORDER BY account_id FOR UPDATE SKIP LOCKED
    )) RETURNING account_id
"""
_IS_SPARSE = """
    SELECT EXISTS (SELECT FROM accounts_account WHERE id BETWEEN %(first)s AND %(last)s OFFSET %(than)s LIMIT 1)
"""


def is_book_larger(than: int) -> bool:
    """Whether there are more accounts than so many; counts no further."""
    return bool(sql.rows(_IS_LARGER, {"than": than})[0][0])


def clock() -> datetime:
    """The database's present moment."""
    moment: datetime = sql.rows("SELECT statement_timestamp()")[0][0]
    return moment


def note(account_ids: Collection[UUID], *, as_of: datetime) -> None:
    """Note these accounts, in the order of their ids so that two who note do not wait for each other."""
    chosen = "unnest(%(account_ids)s::uuid[]) AS given (account_id)"
    sql.execute(f"{_NOTE} {chosen} ORDER BY 1 {ON_CONFLICT}", {"account_ids": list(account_ids), "as_of": as_of})


def note_chosen(chosen: str, given: Mapping[str, Any], *, as_of: datetime) -> None:
    """Note what a SELECT of our own with a column `account_id` finds."""
    sql.execute(f"{_NOTE} ({chosen}) AS chosen ORDER BY 1 {ON_CONFLICT}", {**given, "as_of": as_of})


def take(limit: int) -> list[UUID]:
    """Take up to `limit` notes away, the oldest first; those that somebody else is writing or taking stay."""
    return [account_id for (account_id,) in sql.rows(_TAKE, {"limit": limit})]


def do_wait(more_than: int) -> bool:
    """Whether there are more notes than so many; counts no further."""
    return bool(sql.rows(_WAIT, {"more_than": more_than})[0][0])


def stretch(limit: int) -> list[UUID]:
    """Up to `limit` accounts that are noted, in the order of their ids, from the oldest note on. They stay noted."""
    return [account_id for (account_id,) in sql.rows(_STRETCH, {"limit": limit})]


def take_stretch(first: UUID, last: UUID) -> list[UUID]:
    """Take the notes of a stretch of account ids away; those that somebody else is writing or taking stay."""
    return [account_id for (account_id,) in sql.rows(_TAKE_STRETCH, {"first": first, "last": last})]


def is_sparse(first: UUID, last: UUID, *, than: int) -> bool:
    """Whether more than so many accounts stand in a stretch of ids; counts no further."""
    return bool(sql.rows(_IS_SPARSE, {"first": first, "last": last, "than": than})[0][0])
