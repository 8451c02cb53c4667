"""Reads rows of a query from a PostgreSQL database, read-only, from where the last reading ended."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from accounts.ingest.connectors.adapters.adapter import CHOICE, LONG, WHOLE, Adapter, Option, Page, Source
from accounts.ingest.connectors.adapters.paths import by_path
from cshub.net.addresses import CannotReach, address_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONNECT_SECONDS, STATEMENT_SECONDS = 10, 120
OF_TYPE: dict[str, Callable[[str], Any]] = {
    "int": int,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "str": str,
}

OPTIONS = (
    Option("host", gettext_lazy("Host"), needed=True),
    Option("port", gettext_lazy("Port"), WHOLE, default=5432, lowest=1, highest=65535),
    Option("database", gettext_lazy("Database"), needed=True),
    Option("user", gettext_lazy("User"), needed=True, help=gettext_lazy("A login that may only read. Nothing is ever written there.")),
    Option("encryption", gettext_lazy("Encryption"), CHOICE, default="require", choices=(
        ("verify-full", gettext_lazy("Encrypted, certificate checked")), ("require", gettext_lazy("Encrypted")), ("prefer", gettext_lazy("Encrypted if possible")),
    )),
    Option("query", gettext_lazy("Query"), LONG, needed=True, help=gettext_lazy("One SELECT. Each column of its result can be mapped.")),
    Option("ordered_by", gettext_lazy("Column that only grows"), help=gettext_lazy("For example updated_at. Empty: everything is read each time.")),
    Option("key", gettext_lazy("Column that tells rows apart"), help=gettext_lazy("Needed together with the column that grows, for rows of the same moment.")),
    Option("overlap_minutes", gettext_lazy("Minutes read again"), WHOLE, default=5, highest=1440, help=gettext_lazy("For rows that were committed late. What did not change is left alone.")),
    Option("page_size", gettext_lazy("Rows a page"), WHOLE, default=1000, lowest=1, highest=5000),
)  # fmt: skip


def fetch(source: Source, cursor: dict[str, Any]) -> Iterator[Page]:
    """The pages behind `cursor` ({"after": [type, value of the growing column], "key": [type, value of the key]}), in the order of both."""
    options = source.options
    try:
        with _connect(source) as connection, connection.cursor(row_factory=dict_row) as asked:
            if not options.get("ordered_by"):
                yield from _everything(asked, options)
                return
            cursor = _earlier(cursor, options)
            while rows := _behind(asked, options, cursor):
                cursor = _cursor(rows[-1], options)
                yield Page(tuple(rows), cursor)
                if len(rows) < options["page_size"]:
                    return
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise CannotReach(_("The query wants to write. Only a SELECT is run."), field="query") from error
    except psycopg.errors.QueryCanceled as error:
        raise CannotReach(
            _("The query took longer than %(seconds)s seconds. Narrow it down, or add an index.")
            % {"seconds": STATEMENT_SECONDS},
            field="query",
        ) from error
    except psycopg.Error as error:
        said = (error.diag.message_primary or str(error)).splitlines()[0]
        raise CannotReach(_("The database says: %(said)s") % {"said": said}) from error


def _connect(source: Source) -> psycopg.Connection[Any]:
    options = source.options
    pinned = address_of(options["host"], options["port"])
    connection = psycopg.connect(
        host=options["host"],
        hostaddr=None if pinned.startswith("/") else pinned,
        port=options["port"],
        dbname=options["database"],
        user=options["user"],
        password=source.secret,
        sslmode=options["encryption"],
        connect_timeout=CONNECT_SECONDS,
        application_name="cshub",
        options=f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_SECONDS}s",
    )
    connection.read_only = True
    return connection


def _everything(asked: psycopg.Cursor[dict[str, Any]], options: Any) -> Iterator[Page]:
    asked.execute(options["query"])
    while rows := asked.fetchmany(options["page_size"]):
        yield Page(tuple(rows), {})


def _behind(asked: psycopg.Cursor[dict[str, Any]], options: Any, cursor: dict[str, Any]) -> list[dict[str, Any]]:
    grows, key = Identifier(options["ordered_by"]), Identifier(options["key"])
    after = [_taken_out(cursor[part]) for part in ("after", "key") if part in cursor]
    behind = (SQL(""), SQL("WHERE {} >= %s").format(grows), SQL("WHERE ({}, {}) > (%s, %s)").format(grows, key))[
        len(after)
    ]
    statement = SQL("SELECT * FROM ({}) AS given {} ORDER BY {}, {} LIMIT %s").format(
        SQL(options["query"].replace("%", "%%")), behind, grows, key
    )
    return asked.execute(statement, [*after, options["page_size"]]).fetchall()


def _earlier(cursor: dict[str, Any], options: Any) -> dict[str, Any]:
    """A cursor in time goes back a little: a long transaction there may have committed behind it."""
    if cursor and cursor["after"][0] == "datetime" and options["overlap_minutes"]:
        return {"after": _kept(_taken_out(cursor["after"]) - timedelta(minutes=options["overlap_minutes"]))}
    return cursor


def _cursor(row: dict[str, Any], options: Any) -> dict[str, Any]:
    missing = [name for name in (options["ordered_by"], options["key"]) if row.get(name) is None]
    if missing:
        raise CannotReach(
            _("The column “%(name)s” is missing or empty in the query's result, so nobody can say how far it was read.")
            % {"name": missing[0]},
            field="ordered_by",
        )
    return {"after": _kept(row[options["ordered_by"]]), "key": _kept(row[options["key"]])}


def _kept(value: Any) -> list[str]:
    """A value with its type, so that it compares as what it was."""
    name = type(value).__name__.lower()
    return (
        [name, value.isoformat() if isinstance(value, date) else str(value)] if name in OF_TYPE else ["str", str(value)]
    )


def _taken_out(kept: list[str]) -> Any:
    return OF_TYPE[kept[0]](kept[1])


def checked(options: dict[str, Any]) -> dict[str, str]:
    """What is wrong between options, by option."""
    query = options["query"].strip().rstrip(";").strip()
    options["query"] = query
    if ";" in query:
        return {"query": _("Give one SELECT without a semicolon.")}
    if not query.lower().startswith(("select", "with")):
        return {"query": _("The query begins with SELECT or WITH.")}
    if bool(options.get("ordered_by")) != bool(options.get("key")):
        return {"key": _("Give both the column that grows and the one that tells rows apart, or neither.")}
    return {}


DATABASE = Adapter(
    "sql",
    OPTIONS,
    gettext_lazy("Password"),
    ("accounts", "contacts", "contracts", "orders", "invoices", "usage", "surveys", "tickets", "interactions"),
    fetch,
    by_path,
    checked=checked,
)
