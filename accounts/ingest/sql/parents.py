"""Parents in SQL: the tree as many rows would have it, judged against the accounts that are there, then set at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.sql.changed import ON_CONFLICT
from accounts.sql.hierarchy import DEEPEST
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

_STAGE = "CREATE TEMPORARY TABLE staged_parents (row_number integer, external_id text, parent text) ON COMMIT DROP"
# A parent that was merged away means the account it went into.
_FOLLOW_MERGES = """
    UPDATE staged_parents given SET parent = survivor.external_id
    FROM accounts_account alias JOIN accounts_account survivor ON survivor.id = alias.merged_into_id WHERE alias.external_id = given.parent
"""
_LEAVE_OUT_REJECTED = """
    DELETE FROM staged_parents given USING ingest_rejectedrow rejected
    WHERE rejected.batch_id = %(batch)s AND rejected.row_number = given.row_number
"""
_UNKNOWN = """
    SELECT given.row_number, given.parent FROM staged_parents given
    WHERE given.parent IS NOT NULL
      AND NOT EXISTS (SELECT FROM accounts_account present WHERE present.external_id = given.parent)
      AND (%(is_in)s OR NOT EXISTS (SELECT FROM staged_parents other WHERE other.external_id = given.parent))
"""
# The way up as it would be: what a row says counts, else what is there. Who only leads into a loop is told nothing: the loop does not come to be.
_LOOPS = f"""
    WITH RECURSIVE above AS (
        SELECT row_number, external_id AS start, parent AS place, external_id || ' → ' || parent AS way, 1 AS level
        FROM staged_parents WHERE parent IS NOT NULL
        UNION ALL
        SELECT above.row_number, above.start, coalesce(given.parent, upper.external_id),
               above.way || ' → ' || coalesce(given.parent, upper.external_id), above.level + 1
        FROM above
        LEFT JOIN staged_parents given ON given.external_id = above.place
        LEFT JOIN accounts_account present ON present.external_id = above.place
        LEFT JOIN accounts_account upper ON upper.id = present.parent_id
        WHERE above.place <> above.start AND coalesce(given.parent, upper.external_id) IS NOT NULL AND above.level < {DEEPEST}
    ), loops AS (
        SELECT row_number, start, way FROM above WHERE place = start
    )
    SELECT row_number, 'below_itself' AS problem, start AS external_id, way FROM loops
    UNION ALL
    SELECT row_number, 'too_deep', start, '' FROM above
    WHERE level = {DEEPEST} AND place <> start AND place NOT IN (SELECT start FROM loops)
"""  # noqa: S608
_PLAN = """
    CREATE TEMPORARY TABLE planned_rows ON COMMIT DROP AS
    SELECT given.row_number, account.id AS account_id, parent.id AS parent_id, account.parent_id AS left_id, 'updated'::text AS verdict, true AS account_differs
    FROM staged_parents given
    JOIN accounts_account account ON account.external_id = given.external_id AND account.status <> 'merged'
    JOIN accounts_account parent ON parent.external_id = given.parent
    WHERE account.parent_id IS DISTINCT FROM parent.id AND NOT given.row_number = ANY(%(left_out)s::integer[])
"""
_SET = """
    UPDATE accounts_account account SET parent_id = planned.parent_id, updated_at = %(as_of)s
    FROM planned_rows planned WHERE account.id = planned.account_id
"""
# Whose family changes: the account that moves, and those it leaves and comes to.
_NOTE_CHANGED = f"""
    INSERT INTO accounts_changedaccount AS noted (account_id, changed_at)
    SELECT id, %(as_of)s FROM (
        SELECT account_id AS id FROM planned_rows UNION SELECT parent_id FROM planned_rows UNION SELECT left_id FROM planned_rows
    ) family WHERE id IS NOT NULL ORDER BY id
    {ON_CONFLICT}
"""  # noqa: S608


def stage(rows: Iterable[tuple[int, str, str | None]]) -> None:
    """Put number, external ID and parent (or None) of all rows that come together into `staged_parents`."""
    sql.execute(_STAGE)
    sql.copy_in("COPY staged_parents (row_number, external_id, parent) FROM STDIN", rows)
    sql.execute("CREATE INDEX ON staged_parents (external_id)")
    sql.execute(_FOLLOW_MERGES)
    sql.execute("ANALYZE staged_parents")


def leave_out_rejected(batch_id: UUID) -> None:
    """Rows that did not go in set no parent."""
    sql.execute(_LEAVE_OUT_REJECTED, {"batch": batch_id})


def unknown(*, is_in: bool) -> list[tuple[int, str]]:
    """Number and parent of rows whose parent is not there; nor, unless everything `is_in`, among the rows."""
    return sql.rows(_UNKNOWN, {"is_in": is_in})


def loops() -> list[dict[str, Any]]:
    """Rows whose account would stand below itself, or too deep."""
    return sql.records(_LOOPS)


def plan(left_out: list[int]) -> int:
    """`planned_rows`: accounts that come below another one than they are; how many."""
    sql.execute(_PLAN, {"left_out": left_out})
    return int(sql.rows("SELECT count(*) FROM planned_rows")[0][0])


def set_planned(*, as_of: datetime) -> None:
    """Set the parents of `planned_rows`, and note whose facts changed."""
    for statement in (_SET, _NOTE_CHANGED):
        sql.execute(statement, {"as_of": as_of})


def drop(*, planned: bool = False) -> None:
    """The tables are no longer needed."""
    sql.execute("DROP TABLE staged_parents, planned_rows" if planned else "DROP TABLE staged_parents")
