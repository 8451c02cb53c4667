"""Runs a statement for so long and no longer, and says what it is expected to cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, transaction
from psycopg.errors import QueryCanceled

from cshub.db import sql
from health.segments.sql.membership import EXPLAIN


class TookTooLong(RuntimeError):
    """The database gave up after the time it was given."""


@contextmanager
def within(milliseconds: int, *, memory: str = "64MB") -> Iterator[None]:
    """A savepoint whose statements end after `milliseconds`; raises TookTooLong. What was set before holds again afterwards."""
    names = {"statement_timeout": f"{milliseconds}ms", "work_mem": memory, "jit": "off"}
    before = sql.rows("select " + ", ".join(f"current_setting('{name}')" for name in names))[0]
    try:
        with transaction.atomic():
            _set(names)
            yield
            _set(dict(zip(names, before, strict=True)))
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TookTooLong from error
        raise


def cost_of(members: str, values: Mapping[str, Any]) -> float:
    """The planner's estimate for counting the accounts of a statement, in units of a page read."""
    plan = sql.rows(EXPLAIN.format(members=members), values)[0][0]
    return float(plan[0]["Plan"]["Total Cost"])


def _set(values: Mapping[str, str]) -> None:
    sql.rows("select " + ", ".join(f"set_config('{name}', %({name})s, true)" for name in values), values)
