"""Says how many events are counted a second while they come in, how long senders wait at a pace the server can bear, and how late counts and scores are."""

import http.client
import itertools
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.meter import Cost
from benchmarks.served import Served, seconds_of_group, seconds_of_sessions

HERE = Path(__file__).resolve().parent
SHARE = 0.7  # of what the server can bear
CONNECTIONS, COUNTERS, SESSIONS = 16, 2, "counting"
GOAL_P99, GOAL_LATE, GOAL_COUNTED = 0.05, 60, 20_000
WAITING = "select count(*), coalesce(extract(epoch from now() - min(received_at)), 0) from events_rawbatch where state = 'waiting'"
UNSCORED = "select coalesce(extract(epoch from now() - min(changed_at)), 0) from accounts_changedaccount"


@dataclass
class Late:
    """The most seconds that a request waited to be counted, and an account to be scored."""

    counted: float = 0.0
    scored: float = 0.0
    done: threading.Event = field(default_factory=threading.Event)


@dataclass
class Pace:
    """The served product of one tenant, and where its bodies come from."""

    owner: psycopg.Connection[Any]
    served: Served
    schema: str
    host: str
    events_a_request: int
    body: Callable[[], bytes]

    def report(self, requests: int) -> None:
        """Take in as fast as may be, then at 70 % of that; take in and count as fast as may be, then at 70 % of that."""
        cost = self._flood(requests)
        self._at_pace("taking in", requests / cost.wall, requests)
        with workers(self.owner, self.schema, ["count"] * COUNTERS) as counting:
            self._settle()
            before, wall = counting.seconds(), time.perf_counter()
            cost = self._flood(requests)
            self._settle()
            wall, seconds = time.perf_counter() - wall, counting.seconds() - before + cost.cpu
        counted = requests * self.events_a_request / wall
        print(
            f"{COUNTERS} counting: taken in and counted {counted:,.0f} events/s (goal: {GOAL_COUNTED:,} on two quiet cores), "
            f"{seconds / requests / self.events_a_request * 1e6:.1f} microseconds of processor time an event in all"
        )
        self._score_from_now_on()
        with workers(self.owner, self.schema, ["count"] * COUNTERS + ["score"]), self._watched() as late:
            self._at_pace("taking in, counting and scoring", requests / wall, requests)
            self._settle()
        print(f"at most {late.counted:.1f} s until counted, {late.scored:.1f} s until scored (goal: {GOAL_LATE} s)")

    def _flood(self, requests: int) -> Cost:
        return self.served.take("/v1/batch", self.host, [self.body() for _ in range(requests)], connections=2)

    def _at_pace(self, what: str, most: float, requests: int) -> None:
        bodies, a_second = [self.body() for _ in range(requests)], most * SHARE
        waits = sorted(offer(self.served.port, "/v1/batch", self.host, bodies, a_second=a_second))
        half, most_of_them, nearly_all = (statistics.quantiles(waits, n=100)[at - 1] * 1e3 for at in (50, 95, 99))
        print(
            f"{what} at {a_second * self.events_a_request:,.0f} events/s, {SHARE:.0%} of what can be borne: p50 {half:.1f}, p95 {most_of_them:.1f}, "
            f"p99 {nearly_all:.1f} ms from the planned moment (goal: p99 {GOAL_P99 * 1e3:.0f}), load {os.getloadavg()[0]:.1f}",
            flush=True,
        )

    def _settle(self) -> None:
        while self.owner.execute(WAITING).fetchall()[0][0]:
            time.sleep(0.02)

    def _score_from_now_on(self) -> None:
        """A scorecard, and every account scored once."""
        from cshub import pipeline
        from cshub.tenancy.context import schema_context
        from health.models import Scorecard
        from health.services import activate, draft_version

        with schema_context(self.schema):
            now = self.owner.execute("select now()").fetchall()[0][0]
            version = draft_version(
                Scorecard.objects.create(name="Benchmark"),
                definition=json.loads((HERE / "scorecard.json").read_text()), by=None, as_of=now,
            )  # fmt: skip
            activate(version, by=None, as_of=now)
            while pipeline.follow_changes(as_of=now):
                pass

    @contextmanager
    def _watched(self) -> Iterator[Late]:
        late = Late()

        def look() -> None:
            with psycopg.connect(self.owner.info.dsn, password=self.owner.info.password, autocommit=True) as own:
                own.execute(f"set search_path = {self.schema}")
                while not late.done.wait(0.2):
                    late.counted = max(late.counted, float(own.execute(WAITING).fetchall()[0][1]))
                    late.scored = max(late.scored, float(own.execute(UNSCORED).fetchall()[0][0]))

        watcher = threading.Thread(target=look)
        watcher.start()
        yield late
        late.done.set()
        watcher.join()


def offer(port: int, path: str, host: str, bodies: Sequence[bytes], *, a_second: float) -> list[float]:
    """Send each body at its planned moment, whatever became of those before; seconds from that moment to the answer of each."""
    numbers, waits, statuses = itertools.count(), [], Counter[int]()
    start = time.perf_counter() + 0.2

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while (number := next(numbers)) < len(bodies):
            planned = start + number / a_second
            time.sleep(max(0.0, planned - time.perf_counter()))
            connection.request("POST", path, bodies[number], {"Host": host, "Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            waits.append(time.perf_counter() - planned)
            statuses[answer.status] += 1
        connection.close()

    senders = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    if statuses != {200: len(bodies)}:
        sys.exit(f"The server answered {dict(statuses)}. No figure is valid.")
    return waits


class Workers:
    """Processes that work until they are told to end, each with its session."""

    def __init__(self, owner: psycopg.Connection[Any], schema: str, works: Sequence[str]) -> None:
        given = os.environ | {"PYTHONPATH": str(HERE.parent), "PGAPPNAME": SESSIONS}
        self._owner = owner
        self._processes = [
            subprocess.Popen(
                [sys.executable, str(HERE / "working.py"), schema, work], stdin=subprocess.PIPE, start_new_session=True, env=given
            )
            for work in works
        ]  # fmt: skip

    def seconds(self) -> float:
        """Processor seconds of the processes and of their sessions so far."""
        sessions = sum(seconds_of_sessions(self._owner, SESSIONS).values())
        return sessions + sum(seconds_of_group(process.pid) for process in self._processes)

    def stop(self) -> None:
        for process in self._processes:
            process.communicate()


@contextmanager
def workers(owner: psycopg.Connection[Any], schema: str, works: Sequence[str]) -> Iterator[Workers]:
    running = Workers(owner, schema, works)
    try:
        yield running
    finally:
        running.stop()
