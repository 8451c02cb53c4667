"""Before-images in SQL: what the rows of a turn looked like before it wrote them, set by set.

A row that was changed is kept by itself, with its image. Rows that were added have none: the ids of some dozens go into one row of
`ingest_importedrow`, which costs a tenth of a row each. Where the key has further parts, rows that share these go together.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

TODAY = "today"  # as the value of `retires`
UUID_KEY: Mapping[str, str] = {"id": "uuid"}


class Undo(StrEnum):
    """How rows of a table are undone: removed and put back; by a counter row (revenue movements); or not at all, and said so."""

    ROWS = "rows"
    COUNTER = "counter"
    KEPT = "kept"


@dataclass(frozen=True)
class Trace:
    """A table that a kind adds rows to or changes rows of.

    `found` is a query over `planned_rows planned` that gives `row_number` and the columns of `key` (name to type) of the rows of `table` which
    belong to the rows with verdict added or updated; it is asked before and after the write. `restores` are the columns the kind writes: they
    are put back (`updated_at` comes by itself). At most one row of the table for a row of the file, unless it `has_many`;
    what is written later for the same row of the file is another `part`.
    `retires` is the column and value of an added row that cannot be removed because its revenue history is kept.
    """

    table: str
    found: str
    restores: tuple[str, ...] = ()
    key: Mapping[str, str] = field(default_factory=lambda: UUID_KEY)
    undo: Undo = Undo.ROWS
    has_many: bool = False
    part: int = 0
    retires: tuple[str, str] | None = None


_BEFORE = """
    INSERT INTO traced_rows (place, key, version, before)
    SELECT '{table}', {key}, present.xmin::text::bigint, {image}
    FROM ({found}) found JOIN {table} present ON {same}
"""
TOGETHER = 64  # rows of the file whose added records are kept in one: what still fits into a page beside others
FIRST_PACK = 1000  # added records kept together are this part and those after it, a thousand for each part of a trace
_CHANGED = """
    SELECT %(batch)s, '{table}', found.row_number, {part}, {key}, traced.before, present.xmin::text::bigint
    FROM ({found}) found JOIN {table} present ON {same}
"""
_AFTER = f"""
    INSERT INTO ingest_importedrow (batch_id, place, row_number, part, key, before, version) {_CHANGED}
    JOIN traced_rows traced ON traced.place = '{{table}}' AND traced.key = {{key}}
    WHERE traced.version <> present.xmin::text::bigint
"""
_ADDED = f"""
    INSERT INTO ingest_importedrow (batch_id, place, row_number, part, key, before, version) {_CHANGED}
    LEFT JOIN traced_rows traced ON traced.place = '{{table}}' AND traced.key = {{key}}
    WHERE traced.version IS NULL
"""
_IS_NEW = "NOT EXISTS (SELECT FROM traced_rows traced WHERE traced.place = '{table}' AND traced.key = {key})"
_PACK = """
    INSERT INTO ingest_importedrow (batch_id, place, row_number, part, key, version, added, added_rows)
    SELECT %(batch)s::uuid, '{table}', min(row_number), {first} + row_number() OVER (PARTITION BY min(row_number) ORDER BY version),
           ARRAY[{rest}]::text[], version, array_agg(id{in_order}), array_agg(row_number{in_order})
    FROM ({added}) added GROUP BY version, {together}
"""
_IN_ORDER = " ORDER BY row_number, id"
_NEW = """
    SELECT found.row_number, present.id, present.xmin::text::bigint AS version
    FROM ({found}) found JOIN {table} present ON {same} WHERE {is_new}
"""


def pack(table: str, added: str, *, part: int = 0, rest: Sequence[str] = ()) -> str:
    """The statement that keeps the rows which `added` finds: row_number, id, version, and the further columns of their key, `rest`.

    Those with the same `rest` are kept together, however many a turn has of them, in no order.
    """
    return _PACK.format(
        table=table,
        first=FIRST_PACK * (1 + part),
        added=added,
        rest=", ".join(f"{name}::text" for name in rest),
        in_order="" if rest else _IN_ORDER,
        together=", ".join(rest) or f"row_number / {TOGETHER}",
    )


@contextmanager
def traced(traces: Sequence[Trace], *, batch_id: UUID | None) -> Iterator[None]:
    """Keep what the block changes in the tables of `traces`, for undoing the import. Must run where `planned_rows` is."""
    if batch_id is None or not traces:
        yield
        return
    sql.execute(
        "CREATE TEMPORARY TABLE traced_rows (place text, key text[], version bigint, before jsonb) ON COMMIT DROP"
    )
    present = [sql.execute(_BEFORE.format(**_words(trace))) for trace in traces]
    sql.execute("ANALYZE traced_rows")
    yield
    for trace, count in zip(traces, present, strict=True):
        _keep(trace, batch_id, has_present=bool(count))
    sql.execute("DROP TABLE traced_rows")


def _keep(trace: Trace, batch_id: UUID, *, has_present: bool) -> None:
    words, given = _words(trace), {"batch": batch_id}
    if has_present:
        sql.execute(_AFTER.format(**words), given)
    if trace.key == UUID_KEY:
        is_new = _IS_NEW.format(**words) if has_present else "true"
        sql.execute(pack(trace.table, _NEW.format(**words, is_new=is_new), part=trace.part), given)
    else:
        sql.execute(_ADDED.format(**words), given)


def _words(trace: Trace) -> dict[str, str]:
    """The names of a kind's own tables and columns, never a value of a row."""
    key = "ARRAY[" + ", ".join(f"present.{name}::text" for name in trace.key) + "]"
    part = f"row_number() OVER (PARTITION BY found.row_number ORDER BY {key})" if trace.has_many else str(trace.part)
    image = ", ".join(f"'{name}', present.{name}" for name in trace.restores)
    return {
        "table": trace.table,
        "found": trace.found,
        "key": key,
        "part": part,
        "image": f"jsonb_build_object({image})",
        "same": " AND ".join(f"present.{name} = found.{name}" for name in trace.key),
    }
