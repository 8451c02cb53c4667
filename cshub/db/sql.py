"""The one way to send SQL of our own: modules named sql.py or sql/ call it, so that every statement runs behind the walls."""

from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

Params = Sequence[Any] | Mapping[str, Any] | None


def execute(statement: str, params: Params = None) -> int:
    """Run one statement in the active tenant's schema; the number of rows it touched. Values go into `params`, never into the text."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def rows(statement: str, params: Params = None) -> list[tuple[Any, ...]]:
    """Run one query in the active tenant's schema; its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def records(statement: str, params: Params = None) -> list[dict[str, Any]]:
    """Run one query in the active tenant's schema; its rows as dictionaries by column name."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def named(statement: str, params: Params = None) -> list[Any]:
    """Run one query in the active tenant's schema; its rows as tuples with names, for code that reads like the statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        row = namedtuple("Row", [column.name for column in cursor.description])  # type: ignore[misc]
        return [row._make(values) for values in cursor.fetchall()]


def copy_in(statement: str, lines: Iterable[Sequence[Any]]) -> int:
    """Send rows through `COPY table (columns) FROM STDIN`; the number of rows sent."""
    sent = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for line in lines:
            copy.write_row(line)
            sent += 1
    return sent
