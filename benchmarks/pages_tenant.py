"""Makes the tenant whose pages are measured: the facts of scoring.py, people with books, work, and ten weeks of verdicts."""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.scoring_tenant import SCHEMA, fill, own_url, run_file  # noqa: E402

HOST = "benchmark.localhost"
PEOPLE = 20
SCORED_WEEKS_AGO = (10, 6, 3, 1, 0)


def prepare(accounts: int, *, fresh: bool) -> str:
    """Start Django on a database of our own, filled unless it is there already; its address."""
    url = own_url(accounts) + "_pages"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        name = urlsplit(url).path[1:]
        there = server.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
        if there and fresh:
            server.execute(f"drop database {name} with (force)")
        if fresh or not there:
            server.execute(f"create database {name}")
        [as_of] = server.execute("select date_trunc('day', now(), 'UTC')").fetchone() or [None]
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "cshub.settings"
    import django
    from django.core.management import call_command

    django.setup()
    if fresh or not there:
        fill(url, accounts, as_of=as_of)
        add_work(url, accounts, as_of=as_of)
    else:
        call_command("migrate", verbosity=0)
    return url


def add_work(url: str, accounts: int, *, as_of: datetime) -> None:
    """People, what they work on, and verdicts over time."""
    from cshub.tenancy.context import schema_context
    from cshub.users.models import User
    from health.services import score_accounts

    with schema_context(SCHEMA):
        User.objects.bulk_create(
            User(email=f"{role}{number:02}@benchmark.example", name=f"Person {number}", role=role, created_at=as_of)
            for role, count in {"csm": PEOPLE, "manager": 1}.items()
            for number in range(count)
        )
    with psycopg.connect(url) as owner:
        owner.execute(f"set search_path = {SCHEMA}")
        run_file(owner, "pages_facts.sql", {"accounts": accounts, "as_of": as_of})
    with schema_context(SCHEMA):
        for weeks in SCORED_WEEKS_AGO:
            score_accounts(as_of=as_of - timedelta(weeks=weeks))
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("vacuum (analyze)")
