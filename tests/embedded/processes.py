"""Questions about real processes, for tests that start some."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cshub.environment import BASE_DIR


def mentioning(text: str) -> list[int]:
    """Numbers of the living processes whose command line or title contains the text; the asking one left out."""
    if Path("/proc/self").exists():
        pairs = [(path.name, path / "cmdline") for path in Path("/proc").iterdir() if path.name.isdigit()]
        lines = [(int(pid), read(path)) for pid, path in pairs]
    else:
        listed = subprocess.run(["ps", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
        lines = [
            (int(pid), command) for pid, _, command in (line.strip().partition(" ") for line in listed.splitlines())
        ]
    return [pid for pid, command in lines if text in command and pid != os.getpid()]


def read(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def eventually(question: Callable[[], object], *, within: float = 10) -> bool:
    """Whether the answer becomes true in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if question():
            return True
        time.sleep(0.05)
    return bool(question())


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py to its end, with nothing of ours in its environment but what is given."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=bare_environment() | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def bare_environment() -> dict[str, str]:
    """The environment without settings, and with the Python that runs the tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CSHUB_", "PYTEST_")) and name not in {"DATABASE_URL", "SECRET_KEY"}
    }
    return kept | {"CSHUB_NO_BOOTSTRAP": "1"}
