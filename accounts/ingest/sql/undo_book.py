"""Undoing in SQL what has a history of its own: stages and roles go back with a row that says so, and no account comes to stand below itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.sql.hierarchy import DEEPEST
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

_GOES_BACK = "own.place = '{table}' AND own.before IS NOT NULL AND own.reason = '' AND present.id = (own.key[1])::uuid"
_ACCOUNTS = _GOES_BACK.format(table="accounts_account")

_STAGED_MOVES = f"""
    CREATE TEMPORARY TABLE staged_moves ON COMMIT DROP AS
    SELECT present.id AS account_id, own.before->>'stage' AS to_stage, %(as_of)s::timestamptz AS occurred_at
    FROM own_rows own, accounts_account present WHERE {_ACCOUNTS} AND own.before->>'stage' <> present.stage
"""  # noqa: S608
_OWNERS = f"""
    SELECT present.id FROM own_rows own, accounts_account present
    WHERE {_ACCOUNTS} AND own.before->>'owner_id' IS DISTINCT FROM present.owner_id::text
"""  # noqa: S608
# The way up as it would be: parents as they were before the import where they go back, as they are now elsewhere.
_LOOPS = f"""
    WITH RECURSIVE back AS MATERIALIZED (
        SELECT present.id, (own.before->>'parent_id')::uuid AS parent_id FROM own_rows own, accounts_account present
        WHERE {_ACCOUNTS} AND own.before->>'parent_id' IS DISTINCT FROM present.parent_id::text
    ), above AS (
        SELECT id AS start, parent_id AS place, 1 AS level FROM back WHERE parent_id IS NOT NULL
        UNION ALL
        SELECT above.start, CASE WHEN back.id IS NOT NULL THEN back.parent_id ELSE present.parent_id END, above.level + 1
        FROM above JOIN accounts_account present ON present.id = above.place LEFT JOIN back ON back.id = above.place
        WHERE above.place <> above.start AND above.level < {DEEPEST}
    )
    UPDATE own_rows own SET reason = 'changed' FROM above
    WHERE own.place = 'accounts_account' AND own.key = ARRAY[above.start::text] AND above.place = above.start
"""  # noqa: S608
_ROLES = """
    INSERT INTO accounts_rolechange (contact_id, from_role, to_role, occurred_on, changed_by_id, recorded_at)
    SELECT id, was, becomes, %(today)s, %(by)s, %(as_of)s FROM (
        SELECT present.id, CASE WHEN present.left_on IS NULL THEN present.role ELSE '' END AS was,
               CASE WHEN own.before IS NULL OR own.before->>'left_on' IS NOT NULL THEN '' ELSE own.before->>'role' END AS becomes
        FROM own_rows own JOIN accounts_contact present ON own.place = 'accounts_contact' AND present.id = (own.key[1])::uuid
        WHERE (own.before IS NOT NULL AND own.reason = '') OR own.reason = 'history'
    ) contact WHERE was <> becomes ORDER BY id
"""


def stage_moves(given: Mapping[str, Any]) -> None:
    """Accounts whose stage goes back, in `staged_moves`, as the verb of stages takes them."""
    sql.execute(_STAGED_MOVES, given)


def drop_moves() -> None:
    """The table of `stage_moves` is no longer needed."""
    sql.execute("DROP TABLE staged_moves")


def other_owners() -> list[UUID]:
    """Accounts that go back to another owner than they have."""
    return [account for (account,) in sql.rows(_OWNERS)]


def leave_loops() -> None:
    """Accounts that would come to stand below themselves stay where they are; the tree has changed since."""
    sql.execute(_LOOPS)


def note_roles(given: Mapping[str, Any]) -> None:
    """The history says that people go back to the role they had; added ones whose history stays leave."""
    sql.execute(_ROLES, given)
