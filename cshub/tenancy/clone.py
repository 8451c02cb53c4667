"""Copies the template schema: the same tables, constraint names and first rows, in one round trip."""

from typing import Any

from django.db import connection

from cshub.tenancy.names import quoted
from cshub.tenancy.postgresql.base import here

TABLES = """
SELECT c.relname, c.relkind, c.relpersistence, c.relispartition, parent.relname, pg_get_expr(c.relpartbound, c.oid),
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, array_to_string(c.reloptions, ', ')
FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class parent ON parent.oid = i.inhparent
WHERE c.relnamespace = %(oid)s AND c.relkind IN ('r', 'p') ORDER BY c.relispartition, c.oid
"""
CONSTRAINTS = """
SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), c.contype FROM pg_constraint c
WHERE c.connamespace = %(oid)s AND c.contype IN ('p', 'u', 'x', 'c', 'f') AND c.conparentid = 0 AND c.coninhcount = 0
ORDER BY array_position(ARRAY['p', 'u', 'x', 'c', 'f'], c.contype::text), 1, 2
"""
INDEXES = """
SELECT replace(pg_get_indexdef(i.indexrelid, 0, true), ' ON ONLY ', ' ON ') FROM pg_index i JOIN pg_class k ON k.oid = i.indexrelid
WHERE k.relnamespace = %(oid)s AND NOT k.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint x WHERE x.conindid = i.indexrelid AND x.contype IN ('p', 'u', 'x')) ORDER BY k.relname
"""
VIEWS = """
SELECT relname, relkind, pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = %(oid)s AND relkind IN ('v', 'm') ORDER BY oid
"""
IDENTITIES = """
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
WHERE c.relnamespace = %(oid)s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
COLUMNS = """
SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = %(oid)s AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY 1 ORDER BY 1
"""
FOREIGN = """
SELECT 'sequence ' || s.relname FROM pg_class s WHERE s.relnamespace = %(oid)s AND s.relkind = 'S'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = s.oid AND d.deptype = 'i')
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = %(oid)s
UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = %(oid)s AND NOT tgisinternal
"""
COPIED = "INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING GENERATED INCLUDING COMMENTS INCLUDING STORAGE INCLUDING COMPRESSION"


class CannotClone(RuntimeError):
    """The template holds something a copy would not carry."""


def clone(source: str, target: str) -> None:
    """Make schema `target` a copy of `source`, rows included (only migrations write rows there). As the owner, inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET LOCAL search_path = {quoted(source)}"
        )  # definitions below come out without the schema's name
        cursor.execute("SELECT %s::regnamespace::oid", [quoted(source)])
        found = _Template(cursor, source, cursor.fetchone()[0])
        statements = [
            f"CREATE SCHEMA {quoted(target)}",
            f"SET LOCAL search_path = {quoted(target)}, pg_temp",
            *found.tables(),
            *found.first_rows(),
            *found.constraints(foreign_keys=False),
            *found.indexes(),
            *found.constraints(foreign_keys=True),
            *found.views(),
        ]
        cursor.execute(";\n".join(statements))
    here().forget_place()


class _Template:
    """The catalogue of one schema, as statements that make it again."""

    def __init__(self, cursor: Any, schema: str, oid: int) -> None:
        self.cursor, self.schema, self.oid = cursor, schema, oid
        if strange := [name for (name,) in self._ask(FOREIGN)]:
            raise CannotClone(
                f"{schema} holds what a copy would not carry: {', '.join(strange)}. Use identity columns and constraints instead."
            )

    def tables(self) -> list[str]:
        return [_table(self.schema, row) for row in self._ask(TABLES)]

    def first_rows(self) -> list[str]:
        """Copy the rows of the few tables that have any, then put their counters behind them. All names come from the catalogue, quoted."""
        names = [name for name, kind, _, partition, *_ in self._ask(TABLES) if not partition]
        self.cursor.execute(
            " UNION ALL ".join(f"SELECT {_text(name)} WHERE EXISTS (SELECT FROM {quoted(name)})" for name in names)  # noqa: S608
        )
        filled = {name for (name,) in self.cursor.fetchall()}
        rows = [
            f"INSERT INTO {quoted(name)} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {quoted(self.schema)}.{quoted(name)}"  # noqa: S608
            for name, columns in self._ask(COLUMNS)
            if name in filled
        ]
        counters = [
            f"SELECT setval(pg_get_serial_sequence({_text(quoted(name))}, {_text(column)}), coalesce(max({quoted(column)}), 1)) FROM {quoted(name)}"  # noqa: S608
            for name, column in self._ask(IDENTITIES)
            if name in filled
        ]
        return rows + counters

    def constraints(self, *, foreign_keys: bool) -> list[str]:
        return [
            f"ALTER TABLE {table} ADD CONSTRAINT {quoted(name)} {definition}"
            for table, name, definition, kind in self._ask(CONSTRAINTS)
            if (kind == "f") is foreign_keys
        ]

    def indexes(self) -> list[str]:
        return [definition for (definition,) in self._ask(INDEXES)]

    def views(self) -> list[str]:
        return [
            f"CREATE {'MATERIALIZED ' if kind == 'm' else ''}VIEW {quoted(name)} AS {definition.rstrip().rstrip(';')}"
            for name, kind, definition in self._ask(VIEWS)
        ]

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        self.cursor.execute(query, {"oid": self.oid})
        return list(self.cursor.fetchall())


def _table(schema: str, row: tuple[Any, ...]) -> str:
    name, kind, persistence, is_partition, parent, bounds, key, options = row
    head = "CREATE UNLOGGED TABLE" if persistence == "u" else "CREATE TABLE"
    tail = (f" PARTITION BY {key}" if kind == "p" else "") + (f" WITH ({options})" if options else "")
    if is_partition:
        return f"{head} {quoted(name)} PARTITION OF {quoted(parent)} {bounds}{tail}"
    return f"{head} {quoted(name)} (LIKE {quoted(schema)}.{quoted(name)} {COPIED}){tail}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
