"""The tests' databases: a template is built once per state of the migrations, and every run and worker clones it."""

import atexit
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from cshub.embedded.postgres import FAST_BUT_FORGETFUL, EmbeddedPostgres
from cshub.environment import BASE_DIR, data_dir
from cshub.settings import database as described

AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HOSTS = {"acme": ("acme.testserver", "acme.localhost"), "globex": ("globex.testserver", "globex.localhost")}
BUILDING_LOCK = 74201
_home: dict[str, Any] = {}  # the database that DATABASE_URL names, before tests point elsewhere
KEPT = ("django_migrations", "django_content_type", "auth_permission")  # written by migrations, never by tests


def claim_settings() -> None:
    """Give the tests a login and roles of their own, so that they never touch those of an installation on the same server."""
    if not os.environ.get("DATABASE_URL"):
        server = EmbeddedPostgres(data_dir() / "postgres-test", settings=FAST_BUT_FORGETFUL).start()
        atexit.register(server.stop)
        os.environ["DATABASE_URL"] = server.url
        place = {
            key: value
            for key, value in described(server.url).items()
            if key in {"NAME", "USER", "PASSWORD", "HOST", "PORT"}
        }
        settings.OWNER_DATABASE.update(place)
        settings.DATABASES["default"].update(place)
    _home.update(settings.OWNER_DATABASE)
    settings.ROLE_PREFIX = f"{_home['NAME']}_test"
    settings.DATABASES["default"].update(USER=f"{settings.ROLE_PREFIX}_app", PASSWORD="only for tests")


@contextmanager
def fresh_database(worker: str) -> Iterator[str]:
    """A database of our own, like new, dropped at the end. Django's connection points at it meanwhile."""
    with server() as admin:
        template = ready_template(admin)
        name = f"{settings.ROLE_PREFIX}_{worker}_{admin.info.backend_pid}"
        admin.execute("select pg_advisory_lock(hashtext(%s))", [name])  # tells other runs that it is in use
        admin.execute(statement("create database {} template {}", name, template))
        admin.execute("select pg_advisory_unlock(%s)", [BUILDING_LOCK])
        point_django_at(name)
        try:
            yield name
        finally:
            connection.close()
            connection.close_pool()
            admin.execute(statement("drop database {} with (force)", name))


def ready_template(admin: psycopg.Connection[Any]) -> str:
    """The template's name, built if it is missing. The building lock is held when this returns, so that nobody drops it."""
    admin.execute("select pg_advisory_lock(%s)", [BUILDING_LOCK])
    drop_leftovers(admin)
    template = f"{settings.ROLE_PREFIX}_template_{fingerprint()}"
    if not names_like(admin, template):
        for old in names_like(admin, f"{settings.ROLE_PREFIX}_template_%"):
            admin.execute(statement("drop database {} with (force)", old))
        building = f"{settings.ROLE_PREFIX}_building"
        admin.execute(statement("drop database if exists {} with (force)", building))
        admin.execute(statement("create database {}", building))
        point_django_at(building)
        build()
        connection.close()
        connection.close_pool()
        admin.execute(statement("alter database {} rename to {}", building, template))
    return template


def drop_leftovers(admin: psycopg.Connection[Any]) -> None:
    """Drop the databases of runs that were killed: nobody holds their lock."""
    for worker in ("main", "gw"):
        for name in names_like(admin, f"{settings.ROLE_PREFIX}_{worker}%"):
            row = admin.execute("select pg_try_advisory_lock(hashtext(%s))", [name]).fetchone()
            if row and row[0]:
                admin.execute(statement("drop database if exists {} with (force)", name))
                admin.execute("select pg_advisory_unlock(hashtext(%s))", [name])


def build() -> None:
    """Migrate an empty database and provision both tenants as the product does."""
    from cshub.tenancy.services import provision

    call_command("migrate", verbosity=0)
    for schema, hosts in HOSTS.items():
        for host in hosts:
            provision(schema=schema, host=host, name=schema.title(), as_of=AS_OF)
    connection.close()
    with owner() as database:
        keep_pristine_rows(database)
        leave_statistics_alone(database)


def leave_statistics_alone(database: psycopg.Connection[Any]) -> None:
    """No autovacuum: where it comes while a test's rows are uncommitted it counts none, and statements then read whole tables for each row."""
    plain = database.execute(
        "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pristine')"
    )
    for schema, table in plain.fetchall():
        database.execute(statement("alter table {}.{} set (autovacuum_enabled = off)", schema, table))


def fingerprint() -> str:
    """Changes with whatever changes the template: migrations, the tenancy code that provisions, this file, Python."""
    loader = MigrationLoader(None)
    modules = {sys.modules[type(migration).__module__].__file__ for migration in loader.disk_migrations.values()}
    tenancy = (BASE_DIR / "cshub" / "tenancy").rglob("*.py")
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted({*map(str, modules), *map(str, tenancy), __file__}):
        digest.update(path.encode() + b"\0" + Path(path).read_bytes())
    return digest.hexdigest()[:12]


def point_django_at(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = settings.OWNER_DATABASE["NAME"] = name


@contextmanager
def server() -> Iterator[psycopg.Connection[Any]]:
    """A connection of the owner beside Django's, to the database that DATABASE_URL names."""
    with psycopg.connect(autocommit=True, dbname=_home["NAME"], **credentials()) as admin:
        yield admin


@contextmanager
def owner() -> Iterator[psycopg.Connection[Any]]:
    """A connection of the owner to the tests' own database, one transaction long."""
    with psycopg.connect(dbname=settings.OWNER_DATABASE["NAME"], **credentials()) as database:
        yield database


def credentials() -> dict[str, Any]:
    names = {"USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {ours: settings.OWNER_DATABASE[theirs] for theirs, ours in names.items() if settings.OWNER_DATABASE[theirs]}


def names_like(admin: psycopg.Connection[Any], pattern: str) -> list[str]:
    return [
        name
        for (name,) in admin.execute(
            "select datname from pg_database where datname like %s", [pattern.replace("_", r"\_")]
        )
    ]


def statement(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))


# --- tests that commit leave the database as they found it


def keep_pristine_rows(database: psycopg.Connection[Any]) -> None:
    """Copy every row that a new installation has into a schema beside, for `restore`."""
    database.execute("create schema pristine")
    database.execute("create table pristine.schemas as select nspname as name from pg_namespace")
    for schema, table in tables_with_rows(database):
        database.execute(statement("create table {}.{} as table {}.{}", "pristine", f"{schema}.{table}", schema, table))


def restore() -> None:
    """Bring back the rows and schemas of a new installation, as the owner: the application may not even truncate."""
    with owner() as database:
        drop_new_schemas(database)
        kept = database.execute(
            "select tablename from pg_tables where schemaname = 'pristine' and tablename like '%.%'"
        )
        pristine = [(schema, table) for (name,) in kept for schema, _, table in [name.partition(".")]]
        dirty = sorted({*tables_with_rows(database), *pristine})
        if dirty:
            listed = sql.SQL(", ").join(sql.Identifier(schema, table) for schema, table in dirty)
            database.execute(sql.SQL("truncate {} cascade").format(listed))
        for schema, table in pristine:
            columns = sql.SQL(", ").join(map(sql.Identifier, plain_columns(database, schema, table)))
            source, target = sql.Identifier("pristine", f"{schema}.{table}"), sql.Identifier(schema, table)
            database.execute(
                sql.SQL("insert into {} ({}) overriding system value select {} from {}").format(
                    target, columns, columns, source
                )
            )


def drop_new_schemas(database: psycopg.Connection[Any]) -> None:
    new = database.execute(
        "select nspname from pg_namespace where nspname !~ '^pg_' and nspname not in (select name from pristine.schemas)"
    )
    for (schema,) in new.fetchall():
        database.execute(statement("drop schema {} cascade", schema))


def tables_with_rows(database: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """(schema, table) of each table that holds a row, those of `pristine` and those that migrations fill left out."""
    listed = database.execute(
        "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_'"
        " and n.nspname not in ('information_schema', 'pristine') and c.relname <> all(%s) order by 1, 2",
        [list(KEPT)],
    ).fetchall()
    if not listed:
        return []
    questions = [
        sql.SQL("select {}, {} where exists (select from {})").format(schema, table, sql.Identifier(schema, table))
        for schema, table in listed
    ]
    return [(schema, table) for schema, table in database.execute(sql.SQL(" union all ").join(questions))]


def plain_columns(database: psycopg.Connection[Any], schema: str, table: str) -> list[str]:
    """Column names without the generated ones, which nobody may write."""
    found = database.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped and attgenerated = '' order by attnum",
        [sql.Identifier(schema, table).as_string(database)],
    )
    return [name for (name,) in found]
