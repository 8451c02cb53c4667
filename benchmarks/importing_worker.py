"""Imports a large file by a real worker of Celery, and says how much memory its processes held.

    python benchmarks/importing_worker.py --rows 1000000

uses DATABASE_URL (or an embedded PostgreSQL), in a database of its own, and a broker of its own. The worker is started as `manage.py demo` starts it.
It imports the accounts without revenue, takes the turn that follows, and imports the file again: by then it has done what workers do in life.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.importing import AS_OF, Files, prepare  # noqa: E402
from benchmarks.meter import own_memory  # noqa: E402

if TYPE_CHECKING:
    from cshub.embedded.supervisor import Supervisor

TENANT = "memory"
PROCESSES = 3  # the worker and its two for tasks
SETTLED = 3  # looks, a second apart, that find nothing to do
LOOK_EVERY = 0.5  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only-imports", action="store_true", help="import again at once, beside the turn")
    options = parser.parse_args()
    from cshub.embedded.supervisor import Supervisor
    from cshub.embedded.valkey import EmbeddedValkey

    with tempfile.TemporaryDirectory() as folder, EmbeddedValkey(Path(folder) / "broker") as broker:
        os.environ["CSHUB_BROKER_URL"] = broker.url
        prepare(options.rows)
        supervisor = Supervisor(Path(folder) / "logs")
        try:
            in_a_worker(supervisor, Files(Path(folder), options.rows), only_imports=options.only_imports)
        finally:
            supervisor.stop()


def in_a_worker(supervisor: Supervisor, files: Files, *, only_imports: bool) -> None:
    """Have the worker do one thing after the other, and say what it held on the way."""
    from cshub.embedded.demo import worker_command
    from cshub.tenancy.context import schema_context
    from cshub.tenancy.services import provision

    provision(schema=TENANT, host=f"{TENANT}.localhost", name=TENANT, as_of=AS_OF)
    worker = supervisor.start("worker", worker_command())
    assert worker.process is not None
    memory = Memory(worker.process.pid)
    with schema_context(TENANT):
        while len(memory.family()) < PROCESSES:
            time.sleep(LOOK_EVERY)
        settle()
        memory.say("at rest")
        import_file(files, added=files.rows)
        memory.say(f"imported {files.rows:,} accounts")
        if not only_imports:
            settle()  # the import has hinted at the turn that follows it
            memory.say("took a turn")
        import_file(files, added=0)
        memory.say("imported again")


def import_file(files: Files, *, added: int) -> None:
    """Have the file imported as people do, and wait until it is in."""
    from accounts.ingest import services, tasks
    from accounts.ingest.models import ImportBatch

    with files.plain.open("rb") as content:
        batch = services.store_upload(kind="accounts", name=files.plain.name, content=content, by=None, as_of=AS_OF)
    services.order_import(batch, by=None, as_of=AS_OF)
    tasks.follow_order.delay(batch_id=str(batch.pk))
    while batch.job.is_open:
        time.sleep(LOOK_EVERY)
        batch = ImportBatch.objects.select_related("job").get(pk=batch.pk)
    counts = batch.state, batch.added_count, batch.added_count + batch.unchanged_count
    if counts != (ImportBatch.State.IMPORTED, added, files.rows):
        sys.exit(f"Not what the file says: {counts}. No figure is valid.")


def settle() -> None:
    """Return when the worker has had nothing to do for some seconds."""
    from cshub.celery import app

    quiet = 0
    while quiet < SETTLED:
        time.sleep(1)
        inspected = app.control.inspect(timeout=10)
        held = [inspected.active(), inspected.reserved()]
        is_quiet = all(answer and not any(answer.values()) for answer in held)
        quiet = quiet + 1 if is_quiet else 0


class Memory:
    """What a process and its children hold, looked at twice a second."""

    def __init__(self, pid: int) -> None:
        self._pid, self._most, self._sum = pid, {}, 0
        threading.Thread(target=self._watch, daemon=True).start()

    def say(self, what: str) -> None:
        """The most since the last time: of each process what it held in all, of all together what they share counted once."""
        each = {pid: own_memory(pid, "VmRSS") for pid in self.family()}
        children = [f"{most} MB" for pid, most in self._most.items() if pid != self._pid]
        print(
            f"{what}: most of the worker {self._most.get(self._pid)} MB, of its processes {', '.join(children)}; all together {self._sum} MB;"
            f" now {list(each.values())} MB",
            flush=True,
        )
        for pid in each:
            with suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")  # forget the most so far
        self._most, self._sum = {}, 0

    def family(self) -> list[int]:
        """The process and its children."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        return [self._pid, *map(int, children)]

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_EVERY)
            with suppress(OSError):
                family = self.family()
                for pid in family:
                    self._most[pid] = max(self._most.get(pid, 0), own_memory(pid, "VmHWM") or 0)
                self._sum = max(self._sum, sum(map(_proportional, family)))


def _proportional(pid: int) -> int:
    """MB of a process, of what it shares with others its part."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) // 1024


if __name__ == "__main__":
    main()
