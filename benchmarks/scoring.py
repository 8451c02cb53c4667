"""Scores a large tenant with the product and with a statement written by hand, in turns, and compares what each account costs.

    python benchmarks/scoring.py --accounts 100000

uses DATABASE_URL (or an embedded PostgreSQL), in a database of its own that is kept for the next run; --fresh makes it again.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.meter import Cost, measured  # noqa: E402

AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SCHEMA = "benchmark"
ROUNDS = 4
GOAL = 1.3
COLUMNS = "account_id, score, band, coverage, reason, raw, points"


def main() -> None:
    options = arguments()
    prepare(options.accounts, fresh=options.fresh)
    from cshub.tenancy.context import schema_context

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner, schema_context(SCHEMA):
        owner.execute(f"set search_path = {SCHEMA}")
        turns = Turns(owner, options.accounts)
        turns.take(options.rounds)
        turns.report()
        sys.exit(turns.ratio > GOAL)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--fresh", action="store_true", help="make the database again")
    return parser.parse_args()


def prepare(accounts: int, *, fresh: bool) -> None:
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
        fill(url, accounts)


def own_url(accounts: int) -> str:
    if not os.environ.get("DATABASE_URL"):
        from cshub.embedded.postgres import EmbeddedPostgres
        from cshub.environment import data_dir

        os.environ["DATABASE_URL"] = EmbeddedPostgres(data_dir() / "postgres-benchmark").start().url
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{parts.path[1:]}_benchmark_{accounts}"))


def fill(url: str, accounts: int, *, as_of: datetime = AS_OF) -> None:
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
    print(f"making {accounts:,} accounts", flush=True)
    with psycopg.connect(url) as owner:
        owner.execute(f"set search_path = {SCHEMA}")
        if owner.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (True,):
            owner.execute("set session_replication_role = replica")  # millions of keys that are right by construction
        run_file(owner, "facts.sql", {"accounts": accounts, "as_of": as_of})
        run_file(owner, "floor_tables.sql", {})
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("vacuum (analyze)")


def run_file(owner: psycopg.Connection[Any], name: str, values: dict[str, Any]) -> None:
    with psycopg.ClientCursor(owner) as cursor:
        for statement in (HERE / name).read_text().split(";\n"):
            cursor.execute(statement, values)


class Turns:
    """Floor and product by turns, each turn a day later, so that everything changes and everything is written."""

    def __init__(self, owner: psycopg.Connection[Any], accounts: int) -> None:
        self._owner = owner
        self._accounts = accounts
        self._floor: list[Cost] = []
        self._product: list[Cost] = []

    def take(self, rounds: int) -> None:
        day = self._next_day()
        self._turn(day)  # fills caches and the tables of current verdicts; not counted
        self._same(day)
        self._floor, self._product = [], []
        for number in range(1, rounds + 1):
            self._turn(day + timedelta(days=number), product_first=number % 2 == 0)  # who is second finds warm caches
            self._same(day + timedelta(days=number))
            print(
                f"round {number}: floor {self._shown(self._floor[-1])}, product {self._shown(self._product[-1])}",
                flush=True,
            )

    @property
    def ratio(self) -> float:
        return statistics.median(cost.cpu for cost in self._product) / statistics.median(
            cost.cpu for cost in self._floor
        )

    def report(self) -> None:
        seen = (
            "client and PostgreSQL backend"
            if self._floor[0].backend_cpu is not None
            else "wall: the backend runs elsewhere"
        )
        print(
            f"accounts {self._accounts:,}, rounds {len(self._floor)}, load {os.getloadavg()[0]:.1f}; microseconds per account ({seen}), median"
        )
        for name, costs in (("floor", self._floor), ("product", self._product)):
            print(f"{name:8} {self._micro(statistics.median(cost.cpu for cost in costs)):7.1f}")
        print(f"ratio    {self.ratio:7.2f}   (goal: at most {GOAL})")

    def _turn(self, as_of: datetime, *, product_first: bool = False) -> None:
        turns = (self._floor_turn, self._product_turn)
        for turn in reversed(turns) if product_first else turns:
            turn(as_of)

    def _floor_turn(self, as_of: datetime) -> None:
        self._floor.append(self._cost(self._owner.info.backend_pid, lambda: self._run_floor(as_of)))

    def _product_turn(self, as_of: datetime) -> None:
        from django.db import connection

        from health.services import score_accounts

        connection.ensure_connection()
        self._product.append(self._cost(connection.connection.info.backend_pid, lambda: score_accounts(as_of=as_of)))

    def _cost(self, backend_pid: int, work: Callable[[], object]) -> Cost:
        with measured(backend_pid) as cost:
            work()
        return cost

    def _run_floor(self, as_of: datetime) -> None:
        with self._owner.transaction(), psycopg.ClientCursor(self._owner) as cursor:
            cursor.execute("set local work_mem = '256MB'; set local jit = off; set local enable_nestloop = off")
            cursor.execute((HERE / "floor.sql").read_text(), {"as_of": as_of, "today": as_of.date()})

    def _same(self, as_of: datetime) -> None:
        """Correct first: both wrote the same verdict of every account, or the figures mean nothing."""
        floor = f"select {COLUMNS} from floor.history where scored_at = %(at)s"
        product = f"select {COLUMNS} from health_accounthealth where scored_at <= %(at)s"  # what did not change is not written again
        counts = {
            name: (self._owner.execute(f"select count(*) from ({text}) verdicts", {"at": as_of}).fetchone() or [0])[0]
            for name, text in {"floor": floor, "product": product, "same": f"{floor} intersect {product}"}.items()
        }
        if set(counts.values()) != {self._accounts}:
            sys.exit(f"The verdicts differ: {counts}. No figure is valid.")

    def _next_day(self) -> datetime:
        last = self._owner.execute("select max(scored_at) from floor.history").fetchone()
        return AS_OF if not last or last[0] is None else last[0] + timedelta(days=1)

    def _shown(self, cost: Cost) -> str:
        return f"{self._micro(cost.cpu):.1f} µs (wall {cost.wall:.1f} s)"

    def _micro(self, seconds: float) -> float:
        return seconds / self._accounts * 1e6


if __name__ == "__main__":
    main()
