"""Imports large files with the product and by hand, in turns, and compares what each row costs.

    python benchmarks/importing.py --rows 100000
    python benchmarks/importing.py --rows 1000000 --memory

uses DATABASE_URL (or an embedded PostgreSQL), in a database of its own; each round takes a new tenant. With --memory a process of its own
imports the accounts without revenue, and what is said is the most memory that it held in all.
"""

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, partial
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.floor_import import (  # noqa: E402
    ACCOUNTS_TABLE,
    USAGE_TABLE,
    import_by_hand,
    import_revenue_by_hand,
    import_usage_by_hand,
)
from benchmarks.meter import Cost, measured, peak_of  # noqa: E402
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
    parser.add_argument("--memory", action="store_true", help="only the memory of a process that imports accounts")
    options = parser.parse_args()
    prepare(options.rows)
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder), options.rows)
        if options.memory:
            memory_of_a_process(files)
            return
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


def memory_of_a_process(files: "Files") -> None:
    """Import twice by the command, each time in a new process, and say the most memory each held in all: VmHWM, as the kernel counts it."""
    from cshub.tenancy.services import provision

    provision(schema="memory", host="memory.localhost", name="memory", as_of=AS_OF)
    command = [
        sys.executable,
        str(HERE.parent / "manage.py"),
        "import_file",
        "--schema",
        "memory",
        "accounts",
        str(files.plain),
    ]
    for turn in ("first", "again"):
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
            peak_of(process.pid, "VmHWM") as peak,
        ):
            said, _ = process.communicate()
        _must(
            process.returncode == 0 and f"{files.rows:,}".replace(",", "") in said.replace(",", ""), f"{turn}: {said}"
        )
        print(f"{turn}: {files.rows:,} accounts, most memory of the process in all {peak.mb} MB", flush=True)


class Files:
    """The same files each time: hashes of the row's number stand in for chance."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.rows, self._folder = rows, folder

    @cached_property
    def plain(self) -> Path:
        return self._write("plain.csv", PLAIN, (self._account(n)[: len(PLAIN)] for n in range(self.rows)))

    @cached_property
    def paying(self) -> Path:
        return self._write("paying.csv", PAYING, (self._account(n) for n in range(self.rows)))

    @cached_property
    def usage(self) -> Path:
        return self._write("usage.csv", USAGE, self._usage(self.rows))

    @cached_property
    def arr(self) -> Decimal:
        return sum((Decimal(self._account(n)[6]) for n in range(self.rows)), Decimal(0))

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

    def _write(self, name: str, header: tuple[str, ...], lines: Iterator[tuple[str, ...]]) -> Path:
        path = self._folder / name
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

        self._warm_up()
        for kind in self._kinds:
            schema = f"{kind}{number}"
            if kind == "paying":
                self._revenue_by_hand(number)
            provision(schema=schema, host=f"{schema}.localhost", name=schema, as_of=AS_OF)
            with schema_context(schema):
                if kind == "plain":
                    by_hand = partial(import_by_hand, path=self._files.plain, as_of=AS_OF)
                    self._by_hand(schema, "floor", ACCOUNTS_TABLE, by_hand, self._files.rows)
                self._twice(kind, "accounts", getattr(self._files, kind), self._files.rows)
                if kind == "paying":
                    by_hand = partial(import_usage_by_hand, path=self._files.usage, as_of=AS_OF)
                    self._by_hand(schema, "usage floor", USAGE_TABLE, by_hand, self._files.rows * 5)
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
            again = " again" if name.endswith("again") else ""
            line = f"{name:20} {cost:7.1f}   {cost / medians['floor' + again]:5.2f} times the floor"
            if name.split()[0] in ("paying", "usage"):
                floor = medians[f"{name.split()[0]} floor{again}"]
                line += f"   {cost / floor:5.2f} times the floor that writes the same tables"
            print(line)
        if self._portions:
            print(
                f"last portion of paying accounts: {statistics.median(self._portions):.2f} times the second, on the wall"
            )

    def _by_hand(self, schema: str, name: str, table: str, take: Callable[..., int], rows: int) -> None:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
            owner.execute("set search_path = " + schema)
            owner.execute(table)
            for turn, wanted in ((name, rows), (f"{name} again", 0)):
                written = self._cost(turn, owner.info.backend_pid, rows, partial(take, owner))
                _must(written == wanted, f"{turn} wrote {written}")
            owner.execute("drop table by_hand")

    def _revenue_by_hand(self, number: int) -> None:
        from cshub.tenancy.services import provision

        schema = f"floor{number}"
        provision(schema=schema, host=f"{schema}.localhost", name=schema, as_of=AS_OF)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
            owner.execute("set search_path = " + schema)
            work = partial(import_revenue_by_hand, owner, self._files.paying, as_of=AS_OF)
            for name, wanted in (("paying floor", 5 * self._files.rows), ("paying floor again", 0)):
                written = self._cost(name, owner.info.backend_pid, self._files.rows, work)
                _must(written == wanted, f"{name} wrote {written}")
            sums = owner.execute(
                "select (select sum(amount) from accounts_revenuemovement), (select sum(arr) from accounts_accountrevenue)"
            )
            _must(sums.fetchone() == (self._files.arr, self._files.arr), "sums by hand")

    def _warm_up(self) -> None:
        """What a worker loads once: its modules, and the first hint to others looks for a broker, for the time of some thousand rows."""
        from cshub.work import wake

        import_module("accounts.ingest.services")
        wake.hint()

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
