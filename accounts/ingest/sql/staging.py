"""A table of our own for the rows of one turn: filled by COPY, gone with the turn."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accounts.ingest.lines import columns_of
from accounts.sql.changed import ON_CONFLICT
from accounts.sql.planner import many_rows
from cshub.db import sql
from cshub.db.active import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MANY = 500  # rows; fewer are found by index, whatever the size of the tables

_NOTE_CHANGED = f"""
    INSERT INTO accounts_changedaccount AS noted (account_id, changed_at)
    SELECT account_id, %(as_of)s FROM planned_rows WHERE verdict IN ('added', 'updated') GROUP BY account_id ORDER BY account_id
    {ON_CONFLICT}
"""  # noqa: S608


@dataclass(frozen=True)
class Plan:
    """One kind in SQL: columns of `staged_rows`, the statement that makes `planned_rows` of them, what it reads, and what is written from it.

    `planned_rows` has at least row_number, account_id, verdict (added, updated, unchanged, fault) and problem.
    """

    columns: Mapping[str, str]
    statement: str
    tables: Sequence[str]
    writes: Sequence[str]


@contextmanager
def staged(
    columns: Mapping[str, str],
    lines: Sequence[tuple[Any, ...]],
    plan: str,
    given: dict[str, Any],
    *,
    tables: Sequence[str],
    analyzes_plan: bool = True,
) -> Iterator[None]:
    """Inside: `staged_rows` holds the lines, and `planned_rows` what `plan` makes of them together with `tables`. Must run in a transaction.

    Two who write the same kind take turns: otherwise both would add the same row, and one would believe it did. Who often finds nothing to
    write calls `analyze_plan` before writing, instead of having it `analyzes_plan` always.
    """
    described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    sql.execute(f"CREATE TEMPORARY TABLE staged_rows ({described}) ON COMMIT DROP")
    _copy_in(list(columns), lines)
    _take_turns(described)
    with many_rows(*tables) if len(lines) >= MANY else nullcontext():
        sql.execute("ANALYZE staged_rows")
        sql.execute(f"CREATE TEMPORARY TABLE planned_rows ON COMMIT DROP AS {plan}", given)
        if analyzes_plan:
            analyze_plan()
        yield
    sql.execute("DROP TABLE planned_rows, staged_rows")


def analyze_plan() -> None:
    """Let the planner know what is in `planned_rows`."""
    sql.execute("ANALYZE planned_rows")


def write(statements: Sequence[str], given: dict[str, Any]) -> None:
    """Run the statements over `planned_rows`, then note whose facts changed."""
    for statement in (*statements, _NOTE_CHANGED):
        sql.execute(statement, given)


def faults() -> list[dict[str, Any]]:
    """Planned rows that contradict what is there."""
    return sql.records("SELECT * FROM planned_rows WHERE verdict = 'fault' ORDER BY row_number")


def verdicts() -> dict[str, int]:
    """How many planned rows would be added, updated, left alone or are at fault."""
    return {
        verdict: int(count)
        for verdict, count in sql.rows("SELECT verdict, count(*) FROM planned_rows GROUP BY verdict")
    }


def each_verdict() -> dict[int, str]:
    """The verdict on each planned row by its number."""
    together = sql.rows("SELECT verdict, array_agg(row_number) FROM planned_rows GROUP BY verdict")
    return {row_number: verdict for verdict, row_numbers in together for row_number in row_numbers}


def _copy_in(names: Sequence[str], lines: Sequence[tuple[Any, ...]]) -> None:
    """Send the columns that any line fills; most files fill few of a kind's."""
    if not lines:
        return
    filled = {name: column for name, column in zip(names, columns_of(lines), strict=True) if not _is_empty(column)}
    sql.copy_columns(f"COPY staged_rows ({', '.join(filled)}) FROM STDIN", list(filled.values()))


def _is_empty(column: Sequence[Any]) -> bool:
    return column[0] is None and column.count(None) == len(column)


def _take_turns(described: str) -> None:
    """Each kind has columns of its own, whichever plan looks at them."""
    digest = hashlib.sha256(f"{ACTIVE.schema}|ingest|{described}".encode()).digest()
    sql.rows("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], signed=True)])
