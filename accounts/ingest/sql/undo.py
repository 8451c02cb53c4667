"""Undoing in SQL: rows that an import wrote are judged against what is there now, then removed or put back, table by table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.ingest.sql.traces import FIRST_PACK, TODAY
from accounts.sql.changed import ON_CONFLICT
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from accounts.ingest.sql.traces import Trace

MOVEMENTS, LINES = "accounts_revenuemovement", "accounts_contractline"
HISTORIES = (MOVEMENTS, "accounts_rolechange")
GONE, CHANGED, USED, HISTORY, KEPT = "gone", "changed", "used", "history", "kept"

# Records that were added come out of the rows that keep many of them, with the part of their key that these share; they are of the part that their trace names.
_UNPACKED = f"""
    SELECT packed.place, ARRAY[each.id::text] || packed.key AS key, packed.version, each.row_number, packed.part / {FIRST_PACK} - 1 AS part
    FROM ingest_importedrow packed CROSS JOIN LATERAL unnest(packed.added, packed.added_rows) AS each(id, row_number)
    WHERE packed.batch_id = %(batch)s AND packed.added IS NOT NULL
"""  # noqa: S608
_OWN = f"""
    CREATE TEMPORARY TABLE own_rows ON COMMIT DROP AS
    SELECT place, key, (array_agg(before ORDER BY row_number, part))[1] AS before,
           (array_agg(version ORDER BY row_number DESC, part DESC))[1] AS version, ''::text AS reason
    FROM (
        SELECT place, key, before, version, row_number, part FROM ingest_importedrow WHERE batch_id = %(batch)s AND added IS NULL
        UNION ALL SELECT place, key, NULL, version, row_number, part FROM ({_UNPACKED}) added
    ) written GROUP BY place, key
"""  # noqa: S608
_LOCK = """
    SELECT count(*) FROM (
        SELECT 1 FROM {table} present JOIN own_rows own ON own.place = '{table}' AND {same} ORDER BY own.key FOR UPDATE OF present
    ) held
"""
_GONE = "UPDATE own_rows own SET reason = 'gone' WHERE own.place = '{table}' AND NOT EXISTS (SELECT FROM {table} present WHERE {same})"
_CHANGED = """
    UPDATE own_rows own SET reason = 'changed' FROM {table} present
    WHERE own.place = '{table}' AND {same} AND present.xmin::text::bigint <> own.version
"""
_KEPT = "UPDATE own_rows SET reason = 'kept' WHERE place = %(place)s"
_MOVED_ON = f"""
    UPDATE own_rows own SET reason = 'changed'
    FROM {MOVEMENTS} movement JOIN own_rows line ON line.place = '{LINES}' AND line.key = ARRAY[movement.line_id::text]
    WHERE own.place = '{MOVEMENTS}' AND movement.id = (own.key[1])::uuid AND line.reason <> ''
"""  # noqa: S608
TO_TAKE_BACK = f"SELECT (key[1])::uuid AS id FROM own_rows WHERE place = '{MOVEMENTS}' AND reason = ''"  # noqa: S608

_REFERRED = """
    UPDATE own_rows own SET reason = %(reason)s
    WHERE own.place = '{table}' AND own.before IS NULL AND own.reason = ''
      AND EXISTS (SELECT FROM {other} other WHERE other.{column} = (own.key[1])::uuid AND {condition})
"""
_REFERRED_BY_OWN = """
    UPDATE own_rows own SET reason = %(reason)s
    WHERE own.place = '{table}' AND own.before IS NULL AND own.reason = '' AND EXISTS (
        SELECT FROM {table} other LEFT JOIN own_rows theirs ON theirs.place = '{table}' AND theirs.key = ARRAY[other.id::text]
        WHERE other.{column} = (own.key[1])::uuid
          AND (theirs.key IS NULL OR theirs.reason <> '' OR theirs.before->>'{column}' = own.key[1])
    )
"""
_IS_HISTORY = "EXISTS (SELECT FROM own_rows theirs WHERE theirs.place = '{other}' AND theirs.key = ARRAY[other.id::text] AND theirs.reason = 'history')"
_CLEAR = """
    DELETE FROM {other} other USING own_rows own
    WHERE own.place = '{table}' AND own.before IS NULL AND own.reason = '' AND other.{column} = (own.key[1])::uuid
"""
_REMOVE = "DELETE FROM {table} present USING own_rows own WHERE own.place = '{table}' AND own.before IS NULL AND own.reason = '' AND {same}"
_RESTORE = """
    UPDATE {table} present SET ({columns}{stamp}) = (SELECT {old_columns}{now} FROM jsonb_populate_record(NULL::{table}, own.before) old)
    FROM own_rows own WHERE own.place = '{table}' AND own.before IS NOT NULL AND own.reason = '' AND {same}
"""
_RETIRE = """
    UPDATE {table} present SET ({column}{stamp}) = ROW(%(value)s{now})
    FROM own_rows own WHERE own.place = '{table}' AND own.reason = 'history' AND {same}
"""
FAMILY = "unnest(ARRAY[present.id, present.parent_id, (own.before->>'parent_id')::uuid])"  # of an account: what it leaves and goes back to changes, too
_TOUCH = """
    INSERT INTO touched_accounts SELECT DISTINCT {account} FROM own_rows own JOIN {table} present ON own.place = '{table}' AND {same} {way}
"""
_NOTE = f"""
    INSERT INTO accounts_changedaccount AS noted (account_id, changed_at)
    SELECT id, %(as_of)s FROM accounts_account WHERE id IN (SELECT account_id FROM touched_accounts) ORDER BY id {ON_CONFLICT}
"""  # noqa: S608
_COUNTS = f"""
    SELECT place, CASE WHEN reason <> '' THEN reason WHEN place = '{MOVEMENTS}' THEN 'corrected' WHEN before IS NULL THEN 'removed' ELSE 'restored' END AS fate, count(*)
    FROM own_rows GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608
_LEAVE = """
    UPDATE ingest_importedrow kept SET left_because = own.reason
    FROM own_rows own WHERE kept.batch_id = %(batch)s AND kept.place = own.place AND kept.key = own.key AND own.reason NOT IN ('', 'gone')
"""
_LEAVE_ADDED = f"""
    INSERT INTO ingest_importedrow (batch_id, place, row_number, part, key, version, left_because)
    SELECT %(batch)s, added.place, added.row_number, added.part - 1 + row_number() OVER (PARTITION BY added.place, added.row_number ORDER BY added.key),
           added.key, added.version, own.reason
    FROM ({_UNPACKED}) added JOIN own_rows own ON own.place = added.place AND own.key = added.key AND own.reason NOT IN ('', 'gone')
"""  # noqa: S608
_FORGET = "DELETE FROM ingest_importedrow WHERE batch_id = %(batch)s AND left_because = ''"
_FORGET_OLD = """
    DELETE FROM ingest_importedrow kept USING ingest_importbatch batch
    WHERE batch.id = kept.batch_id AND coalesce(batch.imported_at, batch.created_at) < %(before)s
"""


def take(batch_id: UUID, traces: Sequence[Trace]) -> None:
    """`own_rows`: what the import wrote, each row locked, with a reason where it is not as the import left it. `touched_accounts` is empty."""
    sql.execute(_OWN, {"batch": batch_id})
    sql.execute("CREATE TEMPORARY TABLE touched_accounts (account_id uuid) ON COMMIT DROP")
    sql.execute("CREATE INDEX ON own_rows (place, key)")
    sql.execute("ANALYZE own_rows")
    for trace in traces:
        words = _words(trace)
        if trace.undo == "rows":
            for statement in (_LOCK, _GONE, _CHANGED):
                sql.execute(statement.format(**words))
        elif trace.undo == "kept":
            sql.execute(_KEPT, {"place": trace.table})
    sql.execute(_MOVED_ON)


def touch(trace: Trace, *, account: str, way: str = "") -> None:
    """Remember whose rows these are, before any leaves. `account` is a column of `present`, or of what `way` joins to it."""
    sql.execute(_TOUCH.format(**_words(trace), account=account, way=way))


def touched() -> list[UUID]:
    """The accounts whose rows are undone, those that are still there."""
    return [
        account
        for (account,) in sql.rows(
            "SELECT id FROM accounts_account WHERE id IN (SELECT account_id FROM touched_accounts) ORDER BY id"
        )
    ]


def refuse(trace: Trace, other: str, column: str, *, reason: str, condition: str = "true") -> None:
    """Added rows that a row of `other` refers to stay, for this reason. `condition` is about that row."""
    words = {**_words(trace), "other": other, "column": column, "condition": condition}
    sql.execute(_REFERRED.format(**words), {"reason": reason})


def refuse_history(trace: Trace, other: str, column: str) -> None:
    """Added rows that a row of `other` refers to stay: one of this import that is history stays too, any other is somebody's use of it."""
    is_history = _IS_HISTORY.format(other=other)
    refuse(trace, other, column, reason=USED, condition=f"NOT {is_history}")
    refuse(trace, other, column, reason=HISTORY, condition=is_history)


def refuse_own(trace: Trace, column: str) -> None:
    """Added rows that another row of their own table refers to stay, unless that one leaves too or goes back to another."""
    statement = _REFERRED_BY_OWN.format(**_words(trace), column=column)
    while sql.execute(statement, {"reason": USED}):
        pass


def clear(trace: Trace, other: str, column: str) -> None:
    """Remove what was concluded about rows that will be removed."""
    sql.execute(_CLEAR.format(**_words(trace), other=other, column=column))


def put_back(trace: Trace, *, stamp: str, as_of: datetime) -> None:
    """Rows that were changed become what they were, added ones leave; those that are history are retired."""
    words = {
        **_words(trace),
        "columns": ", ".join(trace.restores),
        "old_columns": ", ".join(f"old.{name}" for name in trace.restores),
        "stamp": f", {stamp}" if stamp else "",
        "now": ", %(as_of)s" if stamp else "",
    }
    if trace.restores:
        sql.execute(_RESTORE.format(**words), {"as_of": as_of})
    sql.execute(_REMOVE.format(**words))
    if trace.retires:
        column, value = trace.retires
        given = {"value": as_of.date() if value == TODAY else value, "as_of": as_of}
        sql.execute(_RETIRE.format(**words, column=column), given)


def settle(batch_id: UUID, *, as_of: datetime) -> list[tuple[Any, ...]]:
    """Note whose facts changed, keep the rows that were left alone and forget the others; table, fate and count."""
    sql.execute(_NOTE, {"as_of": as_of})
    for statement in (_LEAVE, _LEAVE_ADDED):
        sql.execute(statement, {"batch": batch_id})
    sql.execute(_FORGET, {"batch": batch_id})
    counts = sql.rows(_COUNTS)
    sql.execute("DROP TABLE own_rows, touched_accounts")
    return counts


def forget_before(before: datetime) -> int:
    """Forget what older imports changed; how many rows."""
    return sql.execute(_FORGET_OLD, {"before": before})


def _words(trace: Trace) -> dict[str, str]:
    same = " AND ".join(
        f"present.{name} = (own.key[{place}])::{kind}" for place, (name, kind) in enumerate(trace.key.items(), start=1)
    )
    return {"table": trace.table, "same": same}
