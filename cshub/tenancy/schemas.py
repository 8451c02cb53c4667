"""Keeps every schema at the code's migrations: public, the template, and all tenants, skipping those that are there already."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.core.management import call_command
from django.core.management.commands.migrate import Command as MigrateOneSchema
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from cshub.db.active import ACTIVE, PUBLIC
from cshub.tenancy.grants import grant
from cshub.tenancy.names import TEMPLATE, NamedSchema, quoted

LOCK = "hashtext(current_database() || ' cshub migrate')"
AT_ONCE = 200  # schemas asked for their state in one query
DIGEST = "SELECT {name}, encode(sha256(convert_to(coalesce(string_agg(app || '.' || name, ',' ORDER BY app COLLATE \"C\", name COLLATE \"C\"), ''), 'UTF8')), 'hex') FROM {schema}.django_migrations"

Say = Callable[[str], object]


def migrate_schema(schema: str, *, say: Say, verbosity: int = 0) -> None:
    """Bring one schema to the code's migrations and renew its grants. As the owner."""
    with working_in(schema):
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
            cursor.execute("SET lock_timeout = '5s'")
        say(f"{schema}: migrating")
        call_command(MigrateOneSchema(), interactive=False, verbosity=verbosity, skip_checks=True)
    if schema != TEMPLATE:
        grant([schema])


def behind(schemas: Sequence[str]) -> list[str]:
    """The schemas whose applied migrations are not those of the code, in order; a schema without the table counts."""
    wanted = code_digest()
    digests = applied_digests(schemas)
    return [schema for schema in schemas if digests.get(schema) != wanted]


def code_digest() -> str:
    """What `applied_digests` gives for a schema that has all migrations of the code."""
    names = sorted(f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    pairs = sorted(tuple(name.split(".", 1)) for name in names)
    return hashlib.sha256(",".join(f"{app}.{name}" for app, name in pairs).encode()).hexdigest()


def applied_digests(schemas: Sequence[str]) -> dict[str, str]:
    """The digest of each schema's applied migrations: one query for 200 schemas."""
    digests: dict[str, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relname = 'django_migrations' AND nspname = ANY (%s)",
            [list(schemas)],
        )
        ready = [name for (name,) in cursor.fetchall()]
        for start in range(0, len(ready), AT_ONCE):
            parts = [
                DIGEST.format(name="'" + name.replace("'", "''") + "'", schema=quoted(name))
                for name in ready[start : start + AT_ONCE]
            ]
            cursor.execute(" UNION ALL ".join(parts))
            digests.update(cursor.fetchall())
    return digests


@contextmanager
def working_in(schema: str) -> Iterator[None]:
    """Work in a schema by its bare name: for the owner's work on schemas that are no tenant yet."""
    before = ACTIVE.tenant
    ACTIVE.enter(NamedSchema(schema))
    try:
        yield
    finally:
        ACTIVE.enter(before)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let two deployments wait for each other."""
    with working_in(PUBLIC), connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({LOCK})")
    try:
        yield
    finally:
        with working_in(PUBLIC), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock({LOCK})")
