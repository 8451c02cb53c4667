"""Makes the tenant whose accounts are scored: provisioned the usual way, filled by the database itself."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

HERE = Path(__file__).resolve().parent
AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SCHEMA = "benchmark"
DAYS = 90
FILLED = ("accounts_account", "accounts_usagedaily", "accounts_surveyresponse", "accounts_interaction")
INDEXES = """
select i.indrelid::regclass, i.indexrelid::regclass, pg_get_indexdef(i.indexrelid), c.conname, pg_get_constraintdef(c.oid)
from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.conrelid = i.indrelid
where i.indrelid = any(%s::regclass[])
  and not exists (select from pg_constraint r where r.contype = 'f' and r.conindid = i.indexrelid)"""


def prepare(accounts: int, *, days: int = DAYS, fresh: bool) -> None:
    """Start Django on a database of our own, filled unless it is there already."""
    url = own_url(accounts)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        name = urlsplit(url).path[1:]
        there = server.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
        if there and fresh:
            server.execute(f"drop database {name} with (force)")
        if fresh or not there:
            server.execute(f"create database {name}")
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "cshub.settings"
    import django

    django.setup()
    if fresh or not there:
        fill(url, accounts, days=days)


def own_url(accounts: int) -> str:
    if not os.environ.get("DATABASE_URL"):
        from cshub.embedded.postgres import EmbeddedPostgres
        from cshub.environment import data_dir

        os.environ["DATABASE_URL"] = EmbeddedPostgres(data_dir() / "postgres-benchmark").start().url
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{parts.path[1:]}_benchmark_{accounts}"))


def fill(url: str, accounts: int, *, days: int = DAYS, as_of: datetime = AS_OF) -> None:
    """A tenant made the usual way, its facts by facts.sql."""
    from django.core.management import call_command

    from cshub.tenancy.context import schema_context
    from cshub.tenancy.services import provision
    from health.models import Scorecard
    from health.services import activate, draft_version

    call_command("migrate", verbosity=0)
    provision(schema=SCHEMA, host="benchmark.localhost", name="Benchmark", as_of=as_of)
    with schema_context(SCHEMA):
        scorecard = Scorecard.objects.create(name="Benchmark")
        definition = json.loads((HERE / "scorecard.json").read_text())
        activate(draft_version(scorecard, definition=definition, by=None, as_of=as_of), by=None, as_of=as_of)
    print(f"making {accounts:,} accounts with {days} days of usage", flush=True)
    with psycopg.connect(url) as owner:
        owner.execute(f"set search_path = {SCHEMA}; set synchronous_commit = off; set maintenance_work_mem = '512MB'")
        if owner.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (True,):
            owner.execute("set session_replication_role = replica")  # millions of keys that are right by construction
        with indexed_afterwards(owner):
            run_file(owner, "facts.sql", {"accounts": accounts, "days": days, "as_of": as_of})
        run_file(owner, "floor_tables.sql", {})
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("vacuum (analyze)")


@contextmanager
def indexed_afterwards(owner: psycopg.Connection[Any]) -> Iterator[None]:
    """Indexes of the large tables are dropped and made again when the block is done: sorted once, not entered row by row."""
    indexes = owner.execute(INDEXES, [list(FILLED)]).fetchall()
    for table, index, _definition, constraint, _rule in indexes:
        owner.execute(f"alter table {table} drop constraint {constraint}" if constraint else f"drop index {index}")
    yield
    for table, _index, definition, constraint, rule in indexes:
        owner.execute(f"alter table {table} add constraint {constraint} {rule}" if constraint else definition)


def run_file(owner: psycopg.Connection[Any], name: str, values: dict[str, Any]) -> None:
    with psycopg.ClientCursor(owner) as cursor:
        for statement in (HERE / name).read_text().split(";\n"):
            cursor.execute(statement, values)
