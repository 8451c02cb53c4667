"""The product's own processes beside each other: started together, started again when one dies, ended together."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cshub.embedded import CannotStart

STOP_SECONDS = 15
TOO_SOON_SECONDS = 10  # a process that dies this quickly would only die again
LONG_LOG = 5 * 1024 * 1024


@dataclass
class Child:
    """A process in a session of its own, so that Ctrl-C reaches it only through us and its children end with it."""

    name: str
    command: Sequence[str | Path]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_at: float = field(default=0, init=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            if log.tell() > LONG_LOG:
                log.truncate(0)
            options = {} if os.name == "nt" else {"start_new_session": True, "preexec_fn": end_with_parent}
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)  # type: ignore[call-overload]
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill_all(self) -> None:
        """End what is left of the process and its children at once."""
        if self.process is None:
            return
        if os.name == "nt":
            self.process.kill()
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def last_words(self) -> str:
        """The last line of the log that names an error, else its last line."""
        lines = self.log.read_text(errors="replace").strip().splitlines()[-100:]
        errors = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Configured)\b", line)]
        return (errors or lines or ["nothing"])[-1]


class Supervisor:
    def __init__(self, logs: Path, *, stop_seconds: float = STOP_SECONDS) -> None:
        self.logs, self.stop_seconds = logs, stop_seconds
        self.children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: Sequence[str | Path]) -> Child:
        child = Child(name, command, self.logs / f"{name}.log")
        self.children.append(child)
        child.start()
        return child

    def keep_running(self, *, say: Callable[[str], None], also: Callable[[], None], pause: float = 0.5) -> None:
        """Watch for ever. A child that dies is started again, unless it died at once; `also` runs at each look."""
        while True:
            also()
            self.revive(say)
            time.sleep(pause)

    def revive(self, say: Callable[[str], None]) -> None:
        for child in self.children:
            if child.is_running:
                continue
            child.kill_all()
            if time.monotonic() - child.started_at < TOO_SOON_SECONDS:
                raise CannotStart(
                    f"The {child.name} process ends as soon as it is started. Its log {child.log} says: {child.last_words()}"
                )
            say(f"The {child.name} process ended unexpectedly; starting it again. Its log: {child.log}")
            child.start()

    def stop(self) -> None:
        """Ask all to end, wait, and kill what is left: no process stays behind."""
        for child in self.children:
            if child.is_running and child.process:
                child.process.terminate()
        deadline = time.monotonic() + self.stop_seconds
        for child in self.children:
            if child.process:
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.1, deadline - time.monotonic()))
                child.kill_all()
                child.process.wait()


def end_with_parent() -> None:
    """On Linux the kernel ends this process when its parent is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def stop_on_signals() -> None:
    """Make Ctrl-C and termination raise KeyboardInterrupt. A process started in the background inherits SIGINT as ignored."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def ignore_signals() -> None:
    """From here on nothing disturbs the cleaning up."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
