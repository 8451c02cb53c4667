"""Sets the planner for statements over many rows, for as long as they run."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY_ROWS = {"jit": "off", "work_mem": "64MB", "default_statistics_target": "10", "enable_nestloop": "off"}
LARGE = 200_000
_SETTINGS = "SELECT " + ", ".join(f"current_setting('{name}')" for name in MANY_ROWS)
_ARE_KNOWN_TO_BE_LARGE = "SELECT bool_and(reltuples >= %(large)s) FROM pg_class WHERE oid = ANY(%(tables)s::regclass[])"


@contextmanager
def many_rows(*tables: str) -> Iterator[None]:
    """The settings above until the block ends, then what was before: the caller's transaction goes on. Must run in a transaction.

    A table that was analyzed while its first rows were not committed counts as empty: nested loops then look cheapest, and every index
    looks as good as the next. Until statistics know all of `tables` to be large they are joined by hash, which ends whatever the sizes.
    """
    before = sql.rows(_SETTINGS)[0]
    known = sql.rows(_ARE_KNOWN_TO_BE_LARGE, {"large": LARGE, "tables": list(tables)})[0][0]
    _set(MANY_ROWS | ({"enable_nestloop": before[-1]} if known else {}))
    yield
    _set(dict(zip(MANY_ROWS, before, strict=True)))


def _set(values: dict[str, str]) -> None:
    sql.rows("SELECT " + ", ".join(f"set_config('{name}', %({name})s, true)" for name in values), values)
