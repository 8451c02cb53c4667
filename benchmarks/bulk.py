"""Sends batches of 5,000 rows through the API and by hand, and compares what each row costs.

    python benchmarks/bulk.py --rounds 5

uses DATABASE_URL (or an embedded PostgreSQL), in a database of its own; each round takes a new tenant. By hand means: the body parsed,
each row judged in Python, COPY into a typed table, one upsert; without sign-in, results per row, audit and revenue.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.meter import measured  # noqa: E402
from benchmarks.scoring_tenant import own_url  # noqa: E402

AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ROWS = 5_000
BATCHES = 4

_ACCOUNTS = """
    insert into by_hand_accounts (external_id, name, segment, industry, region, customer_since_on, recorded_at, updated_at)
    select external_id, name, segment, industry, region, customer_since_on, %(as_of)s, %(as_of)s from given
    on conflict (external_id) do update
    set (name, segment, industry, region, customer_since_on, updated_at)
      = (excluded.name, excluded.segment, excluded.industry, excluded.region, excluded.customer_since_on, excluded.updated_at)
    where (by_hand_accounts.name, by_hand_accounts.segment, by_hand_accounts.industry, by_hand_accounts.region, by_hand_accounts.customer_since_on)
      is distinct from (excluded.name, excluded.segment, excluded.industry, excluded.region, excluded.customer_since_on)
"""
_USAGE_TABLE = """
    create table by_hand_usage (like accounts_usagedaily including all,
        foreign key (account_id) references accounts_account deferrable initially deferred,
        foreign key (metric_id) references accounts_metricdefinition deferrable initially deferred)
"""
_METRIC = "insert into accounts_metricdefinition (key, name, unit, aggregation) values ('logins', 'logins', '', 'sum') on conflict do nothing"
_USAGE = """
    insert into by_hand_usage (account_id, metric_id, day, value, recorded_at)
    select account.id, given.metric, given.day, given.value, %(as_of)s
    from given join accounts_account account on account.external_id = given.account
    on conflict (account_id, metric_id, day) do update set value = excluded.value, recorded_at = excluded.recorded_at
    where by_hand_usage.value is distinct from excluded.value
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    prepare()
    rounds = Rounds()
    for number in range(1, options.rounds + 1):
        rounds.take(number)
    rounds.report()


def prepare() -> None:
    """Start Django on an empty database of our own."""
    url = own_url(ROWS) + "_bulk"
    name = url.rpartition("/")[2]
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"drop database if exists {name} with (force)")
        server.execute(f"create database {name}")
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "cshub.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def accounts(batch: int) -> list[dict[str, Any]]:
    return [
        {
            "external_id": f"A{n:07}",
            "name": f"Account {n}",
            "segment": f"Segment {n % 3}",
            "industry": f"Industry {n % 9}",
            "region": f"Region {n % 5}",
            "customer_since_on": (date(2020, 1, 1) + timedelta(n * 7919 % 2400)).isoformat(),
        }
        for n in range(batch * ROWS, (batch + 1) * ROWS)
    ]


def usage(batch: int) -> list[dict[str, Any]]:
    day = (AS_OF.date() - timedelta(batch)).isoformat()
    return [{"account": f"A{n:07}", "metric": "logins", "day": day, "value": n * 7 % 1000} for n in range(ROWS)]


class Rounds:
    """Each round is a new tenant: by hand and through the API, every batch twice."""

    def __init__(self) -> None:
        self._costs: dict[str, list[float]] = {}

    def take(self, number: int) -> None:
        from cshub.tenancy.context import schema_context
        from cshub.tenancy.services import provision

        schema = f"bulk{number}"
        provision(schema=schema, host=f"{schema}.localhost", name=schema, as_of=AS_OF)
        with schema_context(schema):
            send = partial(self._send, _client(f"{schema}.localhost"))
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
                owner.execute("set search_path = " + schema)
                owner.execute("create table by_hand_accounts (like accounts_account including all)")
                owner.execute(_USAGE_TABLE)
                owner.execute(_METRIC)
                for kind, resource, rows_of in (("accounts", "accounts", accounts), ("usage", "usage_daily", usage)):
                    bodies = [json.dumps(rows_of(batch)).encode() for batch in range(BATCHES)]
                    self._twice(f"{kind} floor", owner.info.backend_pid, bodies, partial(by_hand, owner, kind))
                    self._twice(f"{kind} API", _our_backend(), bodies, partial(send, resource))
                owner.execute("drop table by_hand_accounts, by_hand_usage")
        print(
            f"round {number}: " + ", ".join(f"{name} {costs[-1]:.1f}" for name, costs in self._costs.items()),
            flush=True,
        )

    def report(self) -> None:
        print(f"batches of {ROWS:,}, load {os.getloadavg()[0]:.1f}; microseconds of processor time per row, median")
        medians = {name: statistics.median(costs) for name, costs in self._costs.items()}
        for name, cost in medians.items():
            floor = medians[name.replace("API", "floor")]
            print(f"{name:20} {cost:7.1f}   {cost / floor:5.2f} times the floor")

    def _twice(self, name: str, backend_pid: int, bodies: list[bytes], take: Callable[[bytes], Any]) -> None:
        for turn, wanted in ((name, ROWS * BATCHES), (f"{name} again", 0)):
            with measured(backend_pid) as cost:
                answers = [take(body) for body in bodies]
            written = sum(map(_written, answers))
            if written != wanted:
                sys.exit(f"{turn} wrote {written} rows, not {wanted}. No figure is valid.")
            self._costs.setdefault(turn, []).append(cost.cpu / (ROWS * BATCHES) * 1e6)

    def _send(self, client: Any, resource: str, body: bytes) -> Any:
        answer = client.post(f"/api/v1/{resource}/batch/", body, "application/json")
        return answer.status_code, answer.content


def _written(answer: Any) -> int:
    """Rows written, by what was answered: the rows by hand, or the document of the API."""
    if isinstance(answer, int):
        return answer
    status, content = answer
    if status != 200:
        sys.exit(f"{status} {content[:500]!r}")
    counts = json.loads(content)
    return int(counts["added"] + counts["updated"])


def by_hand(owner: psycopg.Connection[Any], kind: str, body: bytes) -> int:
    """Rows written. A row with a wrong value raises."""
    columns, statement, lines = {
        "accounts": (
            "external_id text, name text, segment text, industry text, region text, customer_since_on date",
            _ACCOUNTS,
            _account_lines,
        ),
        "usage": ("account text, metric text, day date, value numeric", _USAGE, _usage_lines),
    }[kind]
    with owner.transaction(), owner.cursor() as cursor:
        cursor.execute(f"create temp table given ({columns}) on commit drop")
        with cursor.copy("copy given from stdin") as copy:
            for line in lines(json.loads(body)):
                copy.write_row(line)
        cursor.execute("analyze given")
        return cursor.execute(statement, {"as_of": AS_OF}).rowcount


def _account_lines(rows: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        if not row["external_id"] or len(row["external_id"]) > 200 or len(row["name"]) > 300:
            raise ValueError(row)
        since = date.fromisoformat(row["customer_since_on"])
        yield row["external_id"], row["name"], row["segment"], row["industry"], row["region"], since


def _usage_lines(rows: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        if not row["account"] or not row["metric"] or not isinstance(row["value"], int | float):
            raise ValueError(row)
        yield row["account"], row["metric"], date.fromisoformat(row["day"]), row["value"]


def _client(host: str) -> Any:
    """One that has at hand what a server loads once: middleware, and hints to others. What it makes of answers is no cost of theirs."""
    from django.test import Client

    from cshub.work import wake

    wake.hint()
    client = Client(headers={"host": host, "Authorization": f"Bearer {_key()}"})
    client.get("/api/v1/accounts/")
    return client


def _key() -> str:
    from cshub.users.models import Role, User
    from cshub.users.services import issue_key

    user = User.objects.create(email="ivy@bulk.example", name="Ivy", role=Role.ADMIN, created_at=AS_OF)
    _kept, plain = issue_key(user=user, by=user, name="bulk", scopes=["read", "write"], as_of=AS_OF)
    return str(plain)


def _our_backend() -> int:
    from django.db import connection

    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


if __name__ == "__main__":
    main()
