"""Imports large files with the product and by hand, in turns, and compares what each row costs.

    python benchmarks/importing.py --rows 100000

uses DATABASE_URL (or an embedded PostgreSQL), in a database of its own; each round takes a new tenant.
"""

import argparse
import csv
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.floor_import import import_by_hand  # noqa: E402
from benchmarks.meter import Cost, measured  # noqa: E402
from benchmarks.scoring_tenant import own_url  # noqa: E402

AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PLAIN = ("external id", "name", "segment", "industry", "region", "customer since")
PAYING = (*PLAIN, "annual revenue", "currency", "term", "renewal date", "seats", "plan")
USAGE = ("account", "metric", "day", "value", "active users")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="accounts; usage has five times as many rows")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plain", action="store_true", help="only accounts without revenue")
    options = parser.parse_args()
    prepare(options.rows)
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder), options.rows)
        rounds = Rounds(files, ("plain",) if options.plain else ("plain", "paying"))
        for number in range(1, options.rounds + 1):
            rounds.take(number)
        rounds.report()


def prepare(rows: int) -> None:
    """Start Django on an empty database of our own."""
    url = own_url(rows) + "_import"
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


class Files:
    """The same files each time: hashes of the row's number stand in for chance."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.rows = rows
        self.plain = self._write(folder / "plain.csv", PLAIN, (self._account(n)[: len(PLAIN)] for n in range(rows)))
        self.paying = self._write(folder / "paying.csv", PAYING, (self._account(n) for n in range(rows)))
        self.usage = self._write(folder / "usage.csv", USAGE, self._usage(rows))
        self.arr = sum((Decimal(self._account(n)[6]) for n in range(rows)), Decimal(0))

    def _account(self, n: int) -> tuple[str, ...]:
        lot = n * 2_654_435_761 % 4_294_967_296
        since, renewal = date(2020, 1, 1) + timedelta(lot % 2400), date(2026, 12, 1) + timedelta(lot % 700)
        amount, term = f"{1200 + lot % 400_000}.{lot % 100:02}", str(12 * (1 + lot % 3))
        return (
            *(f"A{n:07}", f"Account {n}", f"Segment {lot % 3}", f"Industry {lot % 9}", f"Region {lot % 5}"),
            *(since.isoformat(), amount, "EUR", term, renewal.isoformat(), str(lot % 500), f"Plan {lot % 4}"),
        )

    def _usage(self, rows: int) -> Iterator[tuple[str, ...]]:
        for d in range(5):
            day = (AS_OF.date() - timedelta(d)).isoformat()
            for n in range(rows):
                yield f"A{n:07}", "Logins", day, str(n * 7 % 1000), str(n % 40)

    def _write(self, path: Path, header: tuple[str, ...], lines: Iterator[tuple[str, ...]]) -> Path:
        with path.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(header)
            writer.writerows(lines)
        return path


class Rounds:
    """Each round is a new tenant: by hand and by the product, every file twice."""

    def __init__(self, files: Files, kinds: tuple[str, ...]) -> None:
        self._files = files
        self._kinds = kinds
        self._costs: dict[str, list[float]] = {}
        self._portions: list[float] = []

    def take(self, number: int) -> None:
        from cshub.tenancy.context import schema_context
        from cshub.tenancy.services import provision

        for kind in self._kinds:
            schema = f"{kind}{number}"
            provision(schema=schema, host=f"{schema}.localhost", name=schema, as_of=AS_OF)
            with schema_context(schema):
                if kind == "plain":
                    self._by_hand(schema)
                self._twice(kind, "accounts", getattr(self._files, kind), self._files.rows)
                if kind == "paying":
                    self._twice("usage", "usage", self._files.usage, self._files.rows * 5)
                    self._sums_agree()
        print(
            f"round {number}: " + ", ".join(f"{name} {costs[-1]:.1f}" for name, costs in self._costs.items()),
            flush=True,
        )

    def report(self) -> None:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"accounts {self._files.rows:,}, load {os.getloadavg()[0]:.1f}, most memory {memory} MB; microseconds of processor time per row, median"
        )
        medians = {name: statistics.median(costs) for name, costs in self._costs.items()}
        for name, cost in medians.items():
            floor = medians["floor again" if name.endswith("again") else "floor"]
            print(f"{name:14} {cost:7.1f}   {cost / floor:5.2f} times the floor")
        if self._portions:
            print(
                f"last portion of paying accounts: {statistics.median(self._portions):.2f} times the second, on the wall"
            )

    def _by_hand(self, schema: str) -> None:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
            owner.execute("set search_path = " + schema)
            owner.execute("create table by_hand (like accounts_account including all)")
            for name, wanted in (("floor", self._files.rows), ("floor again", 0)):
                written = self._cost(
                    name,
                    owner.info.backend_pid,
                    self._files.rows,
                    lambda: import_by_hand(owner, self._files.plain, as_of=AS_OF),
                )
                _must(written == wanted, f"{name} wrote {written}")
            owner.execute("drop table by_hand")

    def _twice(self, name: str, kind: str, path: Path, rows: int) -> None:
        for turn, wanted in ((name, (rows, 0, 0, 0)), (f"{name} again", (0, 0, rows, 0))):
            from django.db import connection

            connection.ensure_connection()
            counts = self._cost(
                turn, connection.connection.info.backend_pid, rows, partial(self._import, kind, path, turn)
            )
            _must(counts == wanted, f"{turn} counted {counts}")

    def _import(self, kind: str, path: Path, turn: str) -> tuple[int, ...]:
        from accounts.ingest import services

        with path.open("rb") as content:
            batch = services.store_upload(kind=kind, name=path.name, content=content, by=None, as_of=AS_OF)
        clock = [time.perf_counter()]
        services.import_batch(
            batch, by=None, as_of=AS_OF, report=lambda _done, _total: clock.append(time.perf_counter())
        )
        walls = [after - before for before, after in pairwise(clock)][1:]
        if turn == "paying" and len(walls) > 1:  # the last portion has 1,000 rows less, as the first has only 1,000
            self._portions.append(walls[-1] / walls[0])
        return batch.added_count, batch.updated_count, batch.unchanged_count, batch.rejected_count

    def _sums_agree(self) -> None:
        from django.db.models import Count, Sum

        from accounts.models import AccountRevenue, Renewal, RevenueMovement, UsageDaily

        sums = {model.__name__: model.objects.aggregate(sum=Sum(field))["sum"] for model, field in (
            (RevenueMovement, "amount"), (AccountRevenue, "arr"), (Renewal, "arr_due"),
        )}  # fmt: skip
        _must(
            set(sums.values()) == {self._files.arr}, f"sums are {json.dumps(sums, default=str)}, not {self._files.arr}"
        )
        rows = UsageDaily.objects.aggregate(rows=Count("*"))["rows"]
        _must(rows == self._files.rows * 5, f"{rows} days of usage")

    def _cost(self, name: str, backend_pid: int, rows: int, work: Callable[[], Any]) -> Any:
        with measured(backend_pid) as cost:
            result = work()
        self._costs.setdefault(name, []).append(_micro(cost, rows))
        return result


def _micro(cost: Cost, rows: int) -> float:
    return cost.cpu / rows * 1e6


def _must(is_right: bool, what: str) -> None:
    if not is_right:
        sys.exit(f"Not what the file says: {what}. No figure is valid.")


if __name__ == "__main__":
    main()
