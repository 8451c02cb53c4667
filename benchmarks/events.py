"""Takes events in over HTTP and works them off, with the product and by hand, in turns, and compares what each event costs.

    python benchmarks/events.py --accounts 100000

uses DATABASE_URL and CSHUB_BROKER_URL (or embedded servers), in a database of its own that is made again each time.
"""

import argparse
import os
import random
import statistics
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.events_pace import Pace  # noqa: E402
from benchmarks.meter import Cost, measured  # noqa: E402
from benchmarks.served import Served  # noqa: E402

SCHEMA, HOST = "benchmark", "benchmark.localhost"
USERS_OF_AN_ACCOUNT = 3
NAMES = [f"Feature {number} used" for number in range(20)]
GOAL_ACCEPT, GOAL_FOLD = 2.0, 1.3
PEOPLE = """
    insert into accounts_account (external_id, name) select 'a' || n, 'Account ' || n from generate_series(1, %(accounts)s) n;
    insert into events_appuser (external_id, is_anonymous, account_id, account_at)
    select 'u' || account.external_id || '-' || n, false, account.id, now() from accounts_account account, generate_series(1, %(users)s) n
"""
FLOOR = """
    drop schema if exists floor cascade; create schema floor;
    create table floor.request (id bigint generated always as identity primary key, received_at timestamptz, sent_at timestamptz, body text);
    alter table floor.request alter column body set storage external;
    create table floor.who (like events_appuser including all);
    insert into floor.who overriding system value select * from events_appuser;
    create table floor.name (like events_eventname including all);
    create table floor.seen (like events_seenmessage including all);
    create table floor.event (like events_usageevent including all);
    create table floor.rejected (like events_rejectedevent including all);
    create table floor.changed (like accounts_changedaccount including all);
    create table floor.daily_user (like events_dailyuser including all);
    create table floor.usage (like accounts_usagedaily including all);
    alter table floor.usage add foreign key (account_id) references accounts_account deferrable initially deferred,
        add foreign key (metric_id) references accounts_metricdefinition deferrable initially deferred
"""
NAMELESS = 50  # every so many-th event has no name, and goes to quarantine
CONNECTIONS = (1, 2)  # by turns: processor time is put together, walls are told apart


def main() -> None:
    options = arguments()
    with broker():
        prepare(options.accounts)
        from cshub.tenancy.context import schema_context

        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
            owner.execute(f"set search_path = {SCHEMA}")
            with schema_context(SCHEMA):
                turns = Turns(owner, options)
            try:
                for number in range(options.rounds * len(CONNECTIONS) + 1):
                    turns.take(number)
                turns.report()
                if options.pace:
                    turns.pace(options.pace)
            finally:
                turns.stop()
            sys.exit(turns.is_too_dear())


@contextmanager
def broker() -> Iterator[None]:
    """A broker for counters and hints, as the product has one; embedded where the environment names none."""
    from cshub.embedded.valkey import EmbeddedValkey
    from cshub.environment import data_dir

    server = None if os.environ.get("CSHUB_BROKER_URL") else EmbeddedValkey(data_dir() / "broker-benchmark")
    if server is not None:
        os.environ["CSHUB_BROKER_URL"] = server.start().url
    try:
        yield
    finally:
        if server is not None:
            server.stop()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=300, help="requests a round")
    parser.add_argument("--batch", type=int, default=100, help="events a request")
    parser.add_argument(
        "--pace", type=int, default=1_500, help="requests to measure waiting and counting side by side with; 0: none"
    )
    parser.add_argument("--rounds", type=int, default=3, help="rounds with one connection, and as many with two")
    return parser.parse_args()


def prepare(accounts: int) -> None:
    """Start Django on a new database of our own with accounts and their users."""
    url = own_url()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"drop database if exists {urlsplit(url).path[1:]} with (force)")
        server.execute(f"create database {urlsplit(url).path[1:]}")
    os.environ |= {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "cshub.settings",
        "CSHUB_POOL_SIZE": "2",
        "CSHUB_HOSTS": HOST,
    }
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.ingest.events.partitions import keep_months
    from cshub.tenancy.services import provision

    call_command("migrate", verbosity=0)
    now = clock()
    provision(schema=SCHEMA, host=HOST, name="Benchmark", as_of=now)
    keep_months([SCHEMA], as_of=now)
    print(f"making {accounts:,} accounts with {USERS_OF_AN_ACCOUNT} users each", flush=True)
    with psycopg.connect(url, autocommit=True) as owner, psycopg.ClientCursor(owner) as cursor:
        cursor.execute(f"set search_path = {SCHEMA}; " + PEOPLE, {"accounts": accounts, "users": USERS_OF_AN_ACCOUNT})
        cursor.execute("vacuum (analyze)")


def own_url() -> str:
    if not os.environ.get("DATABASE_URL"):
        from cshub.embedded.postgres import EmbeddedPostgres
        from cshub.environment import data_dir

        os.environ["DATABASE_URL"] = EmbeddedPostgres(data_dir() / "postgres-benchmark").start().url
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{parts.path[1:]}_benchmark_events"))


def clock() -> datetime:
    """The endpoint reads the clock, so the events have to be of now."""
    return datetime.now(UTC)  # noqa: TID251


class Turns:
    """Floor and product by turns, each round with new events of the hour, uniformly over accounts: the worst locality there is."""

    def __init__(self, owner: psycopg.Connection[Any], options: argparse.Namespace) -> None:
        from django.db import connection

        from accounts.ingest.events.services import create_source
        from accounts.ingest.events.sql.names import numbers_of

        connection.close()
        self._owner, self._options = owner, options
        now = clock()
        self._source, self._key = create_source(name="Benchmark", events_a_minute=100_000_000, by=None, as_of=now)
        numbers_of(NAMES, most=500, as_of=now)
        with psycopg.ClientCursor(owner) as cursor:
            cursor.execute(
                FLOOR + "; insert into floor.name overriding system value select * from events_eventname; analyze"
            )
        self._floor = Served("benchmarks.floor_events_wsgi:application", owner, WRITE_KEY_OF_BENCHMARK=self._key)
        self._product = Served("cshub.wsgi:application", owner)
        self.costs: dict[str, list[Cost]] = {name: [] for name in ("accept floor", "accept", "fold floor", "fold")}

    def stop(self) -> None:
        self._floor.stop()
        self._product.stop()

    @property
    def events(self) -> int:
        return int(self._options.requests * self._options.batch)

    def take(self, number: int) -> None:
        """One round; the first fills caches and is not counted."""
        chance = random.Random(number)
        bodies = [self._body(chance) for _ in range(self._options.requests)]
        connections = CONNECTIONS[number % len(CONNECTIONS)]
        found = {
            "accept floor": self._floor.take("/", HOST, bodies, connections=connections),
            "accept": self._product.take("/v1/batch", HOST, bodies, connections=connections),
            "fold floor": self._cost(self._owner.info.backend_pid, self._fold_by_hand),
            "fold": self._cost(self._backend(), self._fold),
        }
        self._same(number)
        if number:
            for name, cost in found.items():
                self.costs[name].append(cost)
            print(
                f"round {number}, {connections} connections: "
                + ", ".join(f"{name} {cost.cpu / self.events * 1e6:.1f}" for name, cost in found.items()),
                flush=True,
            )

    def report(self) -> None:
        load = os.getloadavg()[0]
        print(
            f"{self.events:,} events a round in requests of {self._options.batch}, load {load:.1f}; microseconds of processor time an event, median"
        )
        for name, costs in self.costs.items():
            micro = statistics.median(cost.cpu for cost in costs) / self.events * 1e6
            print(f"{name:13} {micro:7.1f}")
        for offset, connections in enumerate(CONNECTIONS[1:] + CONNECTIONS[:1]):
            accept, fold = (
                statistics.median(cost.wall for cost in self.costs[name][offset :: len(CONNECTIONS)])
                for name in ("accept", "fold")
            )
            print(
                f"{connections} connections: accepted {self.events / accept:,.0f} events/s, accepted and then counted {self.events / (accept + fold):,.0f} events/s"
            )
        print(f"accept ratio  {self._ratio('accept'):7.2f}   (goal: at most {GOAL_ACCEPT})")
        print(f"fold ratio    {self._ratio('fold'):7.2f}   (goal: at most {GOAL_FOLD})")

    def pace(self, requests: int) -> None:
        """Waiting, counting side by side and lateness, for information: walls are the machine's."""
        chance = random.Random(self._key)
        Pace(self._owner, self._product, SCHEMA, HOST, self._options.batch, lambda: self._body(chance)).report(requests)

    def is_too_dear(self) -> bool:
        return self._ratio("accept") > GOAL_ACCEPT or self._ratio("fold") > GOAL_FOLD

    def _ratio(self, name: str) -> float:
        product, floor = self.costs[name], self.costs[f"{name} floor"]
        return statistics.median(cost.cpu for cost in product) / statistics.median(cost.cpu for cost in floor)

    def _body(self, chance: random.Random) -> bytes:
        now = clock()
        events = [
            {
                "type": "track", "event": chance.choice(NAMES) if place % NAMELESS else "", "messageId": str(uuid.UUID(int=chance.getrandbits(128))),
                "userId": f"ua{chance.randint(1, self._options.accounts)}-{chance.randint(1, USERS_OF_AN_ACCOUNT)}",
                "timestamp": (now - timedelta(seconds=chance.random() * 3600)).isoformat(),
                "properties": {"seconds": chance.randint(1, 600), "plan": "pro"},
                "context": {"library": {"name": "analytics-python", "version": "2.4.0"}}, "integrations": {}, "anonymousId": None,
            }
            for place in range(1, self._options.batch + 1)
        ]  # fmt: skip
        return orjson.dumps({"batch": events, "sentAt": now.isoformat(), "writeKey": self._key})

    def _fold_by_hand(self) -> None:
        now = clock()
        statement = (HERE / "floor_events.sql").read_text()
        with psycopg.ClientCursor(self._owner) as cursor:
            while ids := [
                row[0] for row in cursor.execute("select id from floor.request order by id limit 200").fetchall()
            ]:
                given = {"ids": ids, "source": self._source.pk, "today": now.date(), "as_of": now}
                cursor.execute(statement, given)

    def _fold(self) -> None:
        from accounts.ingest.events.services import fold_waiting
        from cshub.tenancy.context import schema_context

        with schema_context(SCHEMA):
            fold_waiting(clock=clock)

    def _backend(self) -> int:
        from django.db import connection

        from cshub.tenancy.context import schema_context

        with schema_context(SCHEMA), connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            return int(cursor.fetchone()[0])

    def _cost(self, backend_pid: int, work: Callable[[], object]) -> Cost:
        with measured(backend_pid) as cost:
            work()
        return cost

    def _same(self, number: int) -> None:
        """Correct first: every event once, sums and distinct users as the floor's and as counted again, or the figures mean nothing."""
        bad = self._options.requests * (self._options.batch // NAMELESS) * (number + 1)
        expected = self.events * (number + 1) - bad
        checks = {
            "events": f"select count(*) from events_usageevent having count(*) <> {expected}",
            "quarantine": f"select count(*) from events_rejectedevent having count(*) <> {bad} or count(*) <> (select count(*) from floor.rejected)",
            "changed": "select account_id from floor.changed except select account_id from accounts_changedaccount",
            "sums": "(select account_id, metric_id, sum(value), sum(active_users) from accounts_usagedaily group by 1, 2) except "
            "(select account_id, metric_id, sum(value), sum(active_users) from floor.usage group by 1, 2)",
            "users": "select account_id, day, active_users from accounts_usagedaily where metric_id = 'events' except "
            "select account_id, (occurred_at at time zone 'utc')::date, count(distinct user_id) from events_usageevent group by 1, 2",
        }
        wrong = [
            name
            for name, query in checks.items()
            if self._owner.execute(f"select 1 from ({query}) x limit 1").fetchone()
        ]
        if wrong:
            sys.exit(f"The product differs from the floor or the recount in {wrong}. No figure is valid.")


if __name__ == "__main__":
    main()
