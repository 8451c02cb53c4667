"""The one way to send SQL of our own: modules named sql.py or sql/ call it, so that every statement runs behind the walls."""

from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
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


def rows(statement: str, params: Params = None, *, often: bool = False) -> list[tuple[Any, ...]]:
    """Run one query in the active tenant's schema; its rows.

    `often`: it is prepared once for each session, with its values apart, for what pages ask again and again. PostgreSQL looks tables up
    anew in each schema. Values have the types PostgreSQL infers, so cast where it cannot.
    """
    with _ran(statement, params, often) as cursor:
        return list(cursor.fetchall())


def prepared(statement: str, params: Params = None) -> list[tuple[Any, ...]]:
    """Run one query as `rows` does, prepared once for each session and with its values apart: for the few statements sent all the time.

    In a web server it has a session of its own, outside of any transaction, that stays in the tenant it was last in and costs nothing to
    enter again. PostgreSQL looks tables up anew in each schema. Values have the types PostgreSQL infers, so cast where it cannot.
    """
    prompt = connections[PROMPT] if PROMPT in connections else connections["default"]
    with prompt.cursor() as place, prompt.wrap_database_errors, _preparing(place.connection) as cursor:
        return cursor.execute(statement, params, prepare=True).fetchall()


def records(statement: str, params: Params = None, *, often: bool = False) -> list[dict[str, Any]]:
    """Run one query in the active tenant's schema; its rows as dictionaries by column name. `often` as for `rows`."""
    with _ran(statement, params, often) as cursor:
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def named(statement: str, params: Params = None, *, often: bool = False) -> list[Any]:
    """Run one query in the active tenant's schema; its rows as tuples with names, for code that reads like the statement. `often` as for `rows`."""
    with _ran(statement, params, often) as cursor:
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


@contextmanager
def _ran(statement: str, params: Params, often: bool) -> Iterator[Any]:
    """A cursor with the answer."""
    with connection.cursor() as place:
        if not often:
            place.execute(statement, params)
            yield place
            return
        counted = place.debug_sql(statement) if connection.queries_logged else nullcontext()
        with connection.wrap_database_errors, counted, _preparing(place.connection) as cursor:
            cursor.execute(statement, params, prepare=True)
            yield cursor


def _preparing(session: psycopg.Connection[Any]) -> psycopg.Cursor[Any]:
    """A cursor of a session that prepares what it is told to prepare."""
    if session.prepare_threshold is None:
        session.prepare_threshold = EXPLICIT_ONLY
    return psycopg.Cursor(session)
