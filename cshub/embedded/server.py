"""A server that several commands share: the first one starts it, the last one out stops it, a killed one leaves it to the next."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from cshub.embedded import CannotStart
from cshub.embedded.folders import is_last, join, need_space, one_at_a_time

START_SECONDS = 60
STOP_SECONDS = 30
LONG_LOG = 5 * 1024 * 1024


class SharedServer(ABC):
    """Start with `start()`, use `url`, end with `stop()`; or use it in a `with` statement."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.process: subprocess.Popen[bytes] | None = None
        self._membership: IO[str] | None = None
        self._log_start = 0

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients find the server."""

    @abstractmethod
    def prepare(self) -> None:
        """Make what the server needs on disk; safe to repeat."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether a running server, ours or an orphan, answers a client."""

    @abstractmethod
    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process."""

    @abstractmethod
    def shut_down(self) -> None:
        """Ask the server to stop."""

    def start(self, *, announce: Callable[[str], None] | None = None) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(self.folder / "start.lock"):
            self._membership = join(self.folder / "users.lock")
            try:
                self.prepare()
                if not self.answers():
                    if announce:
                        announce(f"Starting {self.name}.")
                    need_space(self.folder)
                    self.bring_up()
            except BaseException:
                self.abandon()
                raise
        return self

    def bring_up(self) -> None:
        """Launch and wait until the server answers."""
        self.process = self.launch()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(self.why_not())
            time.sleep(0.03)

    def stop(self) -> None:
        """Leave; who leaves last stops the server, whoever started it."""
        if self._membership is None:
            return
        try:
            if is_last(self._membership):
                self.shut_down()
                self._wait()
        finally:
            self._membership.close()
            self._membership = None

    def abandon(self) -> None:
        """Undo a start that did not succeed, without asking a server that may not listen yet."""
        if self.process:
            self.process.send_signal(signal.SIGINT)
            self._wait()
        if self._membership:
            self._membership.close()
            self._membership = None

    def heal(self) -> bool:
        """Start the server again if it is gone; whether that was needed."""
        if self.process.poll() is None if self.process else self.answers():
            return False
        with one_at_a_time(self.folder / "start.lock"):
            if not self.answers():
                self.bring_up()
        return True

    def _wait(self) -> None:
        if self.process:
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def open_log(self) -> IO[bytes]:
        """The log of this start, after what earlier ones left there if that is not much."""
        file = self.log.open("ab")
        if file.tell() > LONG_LOG:
            file.truncate(0)
        self._log_start = os.fstat(file.fileno()).st_size
        return file

    def why_not(self) -> str:
        """One line for people: what the server's log says of this start, and the remedy."""
        lines = self.log.read_bytes()[self._log_start :].decode(errors="replace").splitlines()
        if any("No space left on device" in line for line in lines[-20:]):
            return f"{self.name} could not start because the disk is full. Free some space and run the command again; nothing is lost."
        telling = [line for line in lines if "FATAL" in line or "ERROR" in line or "PANIC" in line] or lines
        said = telling[-1].strip() if telling else "nothing"
        return f"{self.name} did not start. Its log {self.log} says: {said}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
