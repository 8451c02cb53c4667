"""The tree of accounts in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

DEEPEST = 50  # levels that are followed: a tree of companies has fewer, and a loop in damaged data ends

MERGED_INTO = "SELECT id FROM accounts_account WHERE merged_into_id = %(account)s ORDER BY id"
_HOLD_TREE = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.account tree'))"
# The way up from an account, itself first.
_PATH = f"""
    WITH RECURSIVE above AS (
        SELECT id, name, parent_id, 0 AS level FROM accounts_account WHERE id = %(account)s
        UNION ALL
        SELECT parent.id, parent.name, parent.parent_id, above.level + 1
        FROM above JOIN accounts_account parent ON parent.id = above.parent_id WHERE above.level < {DEEPEST}
    )
    SELECT id, name FROM above ORDER BY level
"""  # noqa: S608
_BELOW = f"""
    WITH RECURSIVE below AS (
        SELECT id, parent_id, 0 AS level FROM accounts_account WHERE id = %(account)s
        UNION
        SELECT child.id, child.parent_id, below.level + 1
        FROM below JOIN accounts_account child ON child.parent_id = below.id WHERE below.level < {DEEPEST}
    )
"""  # noqa: S608
TREE = f"""
    {_BELOW}, tree AS (SELECT DISTINCT ON (id) id, level FROM below ORDER BY id, level)
    SELECT account.id, account.parent_id, account.name, account.external_id, account.status, tree.level, revenue.arr, revenue.currency
    FROM tree JOIN accounts_account account ON account.id = tree.id
    LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = account.id
    WHERE account.status <> 'merged'
    ORDER BY tree.level, account.name, account.id
    LIMIT %(most)s
"""  # noqa: S608
# Each account counts once, however deep it stands. Sums in different currencies are never added up.
ROLL_UP = f"""
    {_BELOW}
    SELECT revenue.currency, count(*), coalesce(sum(revenue.arr), 0)
    FROM (SELECT DISTINCT id FROM below) tree
    JOIN accounts_account account ON account.id = tree.id AND account.status <> 'merged'
    LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = account.id
    GROUP BY revenue.currency ORDER BY 3 DESC, 1
"""  # noqa: S608
DESCENDANTS = f"{_BELOW} SELECT DISTINCT id FROM below"  # noqa: S608

_CYCLES = f"""
    WITH RECURSIVE above AS (
        SELECT id AS start, parent_id, 1 AS level FROM accounts_account WHERE parent_id IS NOT NULL
        UNION ALL
        SELECT above.start, parent.parent_id, above.level + 1
        FROM above JOIN accounts_account parent ON parent.id = above.parent_id
        WHERE parent.parent_id IS NOT NULL AND above.level < {DEEPEST} AND above.parent_id <> above.start
    )
    SELECT DISTINCT account.external_id FROM above JOIN accounts_account account ON account.id = above.start
    WHERE above.parent_id = above.start ORDER BY 1 LIMIT %(shown)s
"""  # noqa: S608

_SITTING_BELOW = f"{_BELOW} SELECT EXISTS (SELECT FROM below WHERE id = %(seeker)s AND level > 0)"  # noqa: S608
_SEAT = "UPDATE accounts_account SET parent_id = %(parent)s, updated_at = %(as_of)s WHERE id = %(account)s"
_ADOPT = """
    UPDATE accounts_account SET parent_id = %(by)s, updated_at = %(as_of)s
    WHERE parent_id = %(parent)s AND id <> %(by)s RETURNING id
"""
_GIVE_BACK = """
    UPDATE accounts_account SET parent_id = %(parent)s, updated_at = %(as_of)s
    WHERE id = ANY(%(children)s::uuid[]) AND parent_id = %(sitting_at)s AND id <> %(parent)s RETURNING id
"""


def hold_tree() -> None:
    """Let nobody else change parents until the transaction ends: two moves that are harmless alone could close a loop together."""
    sql.rows(_HOLD_TREE)


def path(account: UUID) -> list[tuple[UUID, str]]:
    """The way up: the account, its parent, and so on."""
    return sql.rows(_PATH, {"account": account})


def cycles(shown: int) -> list[tuple[str]]:
    """Accounts that stand below themselves."""
    return sql.rows(_CYCLES, {"shown": shown})


def adopt(*, parent: UUID, by: UUID, instead: UUID | None, as_of: datetime) -> list[str]:
    """Put the children of `parent` below `by`; where `by` stood below it, `by` first takes its place below `instead`. The children's ids."""
    hold_tree()
    values: dict[str, Any] = {"account": parent, "seeker": by, "by": by, "parent": parent, "as_of": as_of}
    if sql.rows(_SITTING_BELOW, values)[0][0]:
        sql.execute(_SEAT, {"account": by, "parent": instead, "as_of": as_of})
    return [str(pk) for (pk,) in sql.rows(_ADOPT, values)]


def give_back(
    children: Sequence[str], *, parent: UUID, own_parent: str | None, sitting_at: UUID, as_of: datetime
) -> list[str]:
    """Put the children that still stand below `sitting_at` back below `parent`, and `parent` back to where it stood, if no loop comes of it."""
    hold_tree()
    values = {"children": list(children), "parent": parent, "sitting_at": sitting_at, "as_of": as_of}
    returned = [str(pk) for (pk,) in sql.rows(_GIVE_BACK, values)]
    if own_parent is not None and not _stands_below(own_parent, parent) and not _is_merged(own_parent):
        sql.execute(_SEAT, {"account": parent, "parent": own_parent, "as_of": as_of})
    return returned


def _stands_below(seeker: str, account: UUID) -> bool:
    return bool(sql.rows(_SITTING_BELOW, {"account": account, "seeker": seeker})[0][0])


def _is_merged(account: str) -> bool:
    return bool(sql.rows("SELECT status = 'merged' FROM accounts_account WHERE id = %(id)s", {"id": account})[0][0])
