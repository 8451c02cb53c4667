"""The one way to send SQL of our own: modules named sql.py or sql/ call it, so that every statement runs behind the walls."""

from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection, connections

from cshub.db.active import PROMPT
from cshub.db.copy_text import copy_text

EXPLICIT_ONLY = 2**31 - 1  # statements are prepared where that is asked for, never because they were sent often
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


def prepared(statement: str, params: Params = None) -> list[tuple[Any, ...]]:
    """Run one query as `rows` does, prepared once for each session and with its values apart: for the few statements sent all the time.

    In a web server it has a session of its own, outside of any transaction, that stays in the tenant it was last in and costs nothing to
    enter again. PostgreSQL looks tables up anew in each schema. Values have the types PostgreSQL infers, so cast where it cannot.
    """
    prompt = connections[PROMPT] if PROMPT in connections else connections["default"]
    with prompt.cursor() as place, prompt.wrap_database_errors:
        session = place.connection
        if session.prepare_threshold is None:
            session.prepare_threshold = EXPLICIT_ONLY
        with psycopg.Cursor(session) as cursor:
            return cursor.execute(statement, params, prepare=True).fetchall()


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


def copy_columns(statement: str, columns: Sequence[Sequence[Any]]) -> None:
    """Send columns of the same length through `COPY table (names) FROM STDIN`: one string for all their rows. Values as `copy_text` takes them."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(copy_text(columns))


def copy_in(statement: str, lines: Iterable[Sequence[Any]]) -> int:
    """Send rows through `COPY table (columns) FROM STDIN`; the number of rows sent."""
    sent = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for line in lines:
            copy.write_row(line)
            sent += 1
    return sent
