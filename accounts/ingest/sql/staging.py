"""A table of our own for the rows of one turn: filled by COPY, gone with the turn."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from accounts.sql.planner import many_rows
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@contextmanager
def staged(
    columns: dict[str, str],
    lines: Sequence[tuple[Any, ...]],
    plan: str,
    given: dict[str, Any],
    *,
    tables: Sequence[str],
) -> Iterator[None]:
    """Inside: `staged_rows` holds the lines, and `planned_rows` what `plan` makes of them together with `tables`. Must run in a transaction."""
    described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    sql.execute(f"CREATE TEMPORARY TABLE staged_rows ({described}) ON COMMIT DROP")
    sql.copy_in(f"COPY staged_rows ({', '.join(columns)}) FROM STDIN", lines)
    sql.execute("ANALYZE staged_rows")
    with many_rows(*tables):
        sql.execute(f"CREATE TEMPORARY TABLE planned_rows ON COMMIT DROP AS {plan}", given)
        sql.execute("ANALYZE planned_rows")
        yield
    sql.execute("DROP TABLE planned_rows, staged_rows")


def verdicts() -> dict[str, int]:
    """How many planned rows would be added, updated, left alone or are at fault."""
    return {
        verdict: int(count)
        for verdict, count in sql.rows("SELECT verdict, count(*) FROM planned_rows GROUP BY verdict")
    }
