"""Scores a large tenant with the product and with a statement written by hand, in turns, and compares what each account costs.

    python benchmarks/scoring.py --accounts 100000

uses DATABASE_URL (or an embedded PostgreSQL), in a database of its own that is kept for the next run; --fresh makes it again. Afterwards
facts of 100, 1,000 and 10,000 accounts change, and only those are scored again.
"""

import argparse
import json
import os
import resource
import statistics
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.meter import Cost, measured, peak_of  # noqa: E402
from benchmarks.scoring_tenant import AS_OF, DAYS, SCHEMA, prepare  # noqa: E402

ROUNDS = 4
GOAL = 1.3
CHANGED = {100: 20, 1_000: 20, 10_000: 5}  # how many accounts change, and how often that is measured
CHANGED_GOAL = 250  # ms for 1,000, 95 of 100 times
COLUMNS = "account_id, score, band, coverage, reason, raw, points"


@dataclass(frozen=True)
class Figures:
    """Of one run: microseconds of processor time an account, seconds in all, and the most memory of this process and of the backend in MB."""

    accounts: int
    days: int
    floor: float
    product: float
    seconds: float
    client_mb: int
    backend_mb: int | None

    @property
    def ratio(self) -> float:
        return self.product / self.floor


def main() -> None:
    options = arguments()
    prepare(options.accounts, days=options.days, fresh=options.fresh)
    from cshub.tenancy.context import schema_context

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner, schema_context(SCHEMA):
        owner.execute(f"set search_path = {SCHEMA}")
        turns = Turns(owner, options.accounts)
        figures = turns.take(options.rounds, options.days)
        report(figures, rounds=options.rounds)
        compare_sizes(figures)
        for count, repeats in CHANGED.items():
            turns.change(count, repeats if options.accounts > count else 0)
        sys.exit(figures.ratio > GOAL)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument(
        "--days", type=int, default=DAYS, help="days of usage; the measures read 56, and 180 for the best day"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--fresh", action="store_true", help="make the database again")
    return parser.parse_args()


def report(figures: Figures, *, rounds: int) -> None:
    print(
        f"accounts {figures.accounts:,}, {figures.days} days of usage, rounds {rounds}, load {os.getloadavg()[0]:.1f};"
        " microseconds of processor time an account (client and backend, or the wall where the backend runs elsewhere), median"
    )
    print(f"floor    {figures.floor:7.1f}\nproduct  {figures.product:7.1f}   ({figures.seconds:.1f} s in all)")
    print(f"ratio    {figures.ratio:7.2f}   (goal: at most {GOAL})")
    backend = "unknown" if figures.backend_mb is None else f"{figures.backend_mb} MB"
    print(f"memory   client {figures.client_mb} MB, backend {backend} besides what is shared")


def compare_sizes(figures: Figures) -> None:
    """Keep the figures beside those of other sizes, and print how the cost of an account grows from one to the next."""
    from cshub.environment import data_dir

    kept = data_dir() / "benchmark_scoring.json"
    known = {str(figures.accounts): asdict(figures)}
    known = (json.loads(kept.read_text()) if kept.exists() else {}) | known
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(known))
    sizes = sorted((Figures(**found) for found in known.values()), key=lambda found: found.accounts)
    for less, more in pairwise(sizes):
        print(
            f"growth   {less.accounts:,} to {more.accounts:,} accounts: product {more.product / less.product:.2f} times an account,"
            f" floor {more.floor / less.floor:.2f} times"
        )


def follow_all(as_of: datetime) -> None:
    """Score until no note is left, as a worker does."""
    from cshub import pipeline

    while pipeline.follow_changes(as_of=as_of):
        pass


class Turns:
    """Floor and product by turns, each turn a day later, so that everything changes and everything is written."""

    def __init__(self, owner: psycopg.Connection[Any], accounts: int) -> None:
        from django.db import connection

        connection.ensure_connection()
        self._owner = owner
        self._backend = connection.connection.info.backend_pid
        self._accounts = accounts
        self._floor: list[Cost] = []
        self._product: list[Cost] = []

    def take(self, rounds: int, days: int) -> Figures:
        day = self._next_day()
        self._turn(day)  # fills caches and the tables of current verdicts; not counted
        self._same(day)
        self._floor, self._product = [], []
        with peak_of(self._backend) as backend:
            for number in range(1, rounds + 1):
                self._turn(
                    day + timedelta(days=number), product_first=number % 2 == 0
                )  # who is second finds warm caches
                self._same(day + timedelta(days=number))
                print(
                    f"round {number}: floor {self._shown(self._floor[-1])}, product {self._shown(self._product[-1])}",
                    flush=True,
                )
        floor, product = (statistics.median(cost.cpu for cost in costs) for costs in (self._floor, self._product))
        return Figures(
            accounts=self._accounts,
            days=days,
            floor=self._micro(floor),
            product=self._micro(product),
            seconds=product,
            client_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            backend_mb=backend.mb,
        )  # fmt: skip

    def change(self, count: int, repeats: int) -> None:
        """Facts of `count` accounts change, `repeats` times over; what it takes until they are scored again."""
        costs = []
        for _number in range(repeats):
            [last] = self._owner.execute("select max(scored_at) from health_accounthealth").fetchone() or [AS_OF]
            as_of = last + timedelta(seconds=1)
            self._touch(count, as_of)
            costs.append(self._cost(self._backend, partial(follow_all, as_of)))
            self._only_touched(count, as_of)
        if costs:
            walls = sorted(cost.wall * 1000 for cost in costs)
            p95 = statistics.quantiles(walls, n=20)[-1] if len(walls) >= 20 else walls[-1]
            cpu = statistics.median(cost.cpu for cost in costs)
            goal = f" (goal: at most {CHANGED_GOAL})" if count == 1_000 else ""
            print(
                f"{count:6,} changed accounts: {statistics.median(walls):.0f} ms on the wall, p95 {p95:.0f} ms{goal};"
                f" {cpu / count * 1e6:.0f} µs of processor time each",
                flush=True,
            )

    def _touch(self, count: int, as_of: datetime) -> None:
        """Other usage yesterday and a note for accounts chosen at random, as events and imports leave them."""
        self._owner.execute(
            "with chosen as (select id as account_id from accounts_account order by random() limit %(count)s), noted as ("
            " insert into accounts_changedaccount (account_id, changed_at) select account_id, %(as_of)s from chosen)"
            " insert into accounts_usagedaily as u (account_id, metric_id, day, value, active_users, recorded_at)"
            " select account_id, 'events', %(as_of)s::timestamptz::date - 1, 90 + random() * 1000, 3, %(as_of)s from chosen"
            " on conflict (account_id, metric_id, day) do update set value = u.value + excluded.value",
            {"count": count, "as_of": as_of},
        )

    def _only_touched(self, count: int, as_of: datetime) -> None:
        """Correct first: all that changed were taken, nearly all got a verdict that says something new, and nobody else did."""
        [written] = self._owner.execute(
            "select count(*) from health_healthscore where scored_at = %s", [as_of]
        ).fetchone() or [0]
        [waiting] = self._owner.execute("select count(*) from accounts_changedaccount").fetchone() or [0]
        if not 0.9 * count <= written <= count or waiting:
            sys.exit(f"{count} changed, {written} written, {waiting} wait. No figure is valid.")

    def _turn(self, as_of: datetime, *, product_first: bool = False) -> None:
        turns = (self._floor_turn, self._product_turn)
        for turn in reversed(turns) if product_first else turns:
            turn(as_of)

    def _floor_turn(self, as_of: datetime) -> None:
        self._floor.append(self._cost(self._owner.info.backend_pid, lambda: self._run_floor(as_of)))

    def _product_turn(self, as_of: datetime) -> None:
        from health.services import score_accounts

        self._product.append(self._cost(self._backend, lambda: score_accounts(as_of=as_of)))

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
