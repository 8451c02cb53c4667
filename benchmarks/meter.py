"""Measures what a block costs: processor time of this process and of the PostgreSQL backend it talks to, memory, and the clock on the wall."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """Seconds. `backend_cpu` is None where the backend is not a process of this machine."""

    client_cpu: float = 0.0
    backend_cpu: float | None = 0.0
    wall: float = 0.0

    @property
    def cpu(self) -> float:
        """Client and backend together; the wall where the backend cannot be seen."""
        return self.wall if self.backend_cpu is None else self.client_cpu + self.backend_cpu


@dataclass
class Peak:
    """The most memory of its own a process held, in MB; None where it cannot be seen."""

    mb: int | None = None


@contextmanager
def peak_of(pid: int, counted: str = "RssAnon") -> Iterator[Peak]:
    """Look five times a second how much memory of its own that process holds; VmHWM counts all it ever held, with what it shares."""
    peak, done = Peak(), threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            held = own_memory(pid, counted)
            if held is not None:
                peak.mb = max(peak.mb or 0, held)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


@contextmanager
def measured(backend_pid: int) -> Iterator[Cost]:
    cost = Cost()
    before, client, wall = backend_seconds(backend_pid), time.process_time(), time.perf_counter()
    yield cost
    cost.wall = time.perf_counter() - wall
    cost.client_cpu = time.process_time() - client
    after = backend_seconds(backend_pid)
    cost.backend_cpu = None if before is None or after is None else after - before


def backend_seconds(pid: int) -> float | None:
    """Processor seconds of a PostgreSQL backend so far, from /proc; None when that process is not one of PostgreSQL's here."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    name, _, rest = text.rpartition(")")
    if "postgres" not in name:
        return None
    fields = rest.split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def own_memory(pid: int, counted: str = "RssAnon") -> int | None:
    """Memory in MB that a process shares with nobody, or another count of its status; None when there is no such process here."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith(counted)), None)
