"""`manage.py demo` from a bare folder to an open page, and what it says when something stands in the way."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from cshub.demo.people import PASSWORD
from cshub.embedded.demo import only_demo_here, page_status
from cshub.embedded.postgres import EmbeddedPostgres
from cshub.environment import BASE_DIR
from tests.embedded.processes import bare_environment, command, eventually, mentioning

pytestmark = pytest.mark.slow


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def refused(data: Path, **environment: str) -> str:
    """What a demo that cannot start says: one line, exit code 1, nothing left running."""
    done = command("demo", CSHUB_DATA_DIR=str(data), **environment)
    assert done.returncode == 1
    assert done.stdout == ""
    assert not mentioning(str(data))
    return done.stderr.removesuffix("\n")


def test_a_taken_port_is_told_with_the_command_that_works(tmp_path, taken_port):
    assert refused(tmp_path, CSHUB_PORT=str(taken_port)) == (
        f"Port {taken_port} is in use by another program. Choose another: CSHUB_PORT={taken_port + 1} python3 manage.py demo"
    )


def test_a_port_shared_by_so_reuseport_is_taken_too(tmp_path):
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as server:
        assert "is in use by another program" in refused(tmp_path, CSHUB_PORT=str(server.getsockname()[1]))


def test_a_port_that_is_none_and_a_foreign_address_are_told(tmp_path):
    assert refused(tmp_path, CSHUB_PORT="80000").startswith("CSHUB_PORT=80000 is no port.")
    assert refused(tmp_path, CSHUB_BIND="192.0.2.1").startswith("CSHUB_BIND=192.0.2.1 is no address of this machine")


def test_an_unknown_setting_is_told_with_its_nearest_relative(tmp_path):
    assert "Did you mean CSHUB_PORT?" in refused(tmp_path, CSHUB_PROT="8001")


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CSHUB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CSHUB_PORT", "8123")
    with only_demo_here():
        said = refused(tmp_path)
    assert f"already runs: http://localhost:8123 (process {os.getpid()})" in said
    assert "CSHUB_DATA_DIR=var2 CSHUB_PORT=8001 python3 manage.py demo" in said


def test_a_database_that_does_not_answer_is_told(tmp_path, free_port):
    nowhere = f"postgresql://cshub:secret@127.0.0.1:{free_port}/cshub"
    said = refused(
        tmp_path, CSHUB_PORT=str(free_port), CSHUB_BROKER_URL="memory://", DATABASE_URL=nowhere
    ).splitlines()[-1]
    assert said.startswith("The database does not answer:")
    assert "Check DATABASE_URL" in said


class Demo:
    """A demo without data in a folder of its own, read line by line."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.port, self.lines, self.began = data, port, [], time.monotonic()
        environment = bare_environment() | {
            "CSHUB_DATA_DIR": str(data),
            "CSHUB_PORT": str(port),
            "PYTHONUNBUFFERED": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--empty"],
            cwd=BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def until(self, text: str) -> float:
        """Read until a line has the text; seconds since the start."""
        for line in self.process.stdout:
            self.lines.append(line)
            if text in line:
                return time.monotonic() - self.began
        raise AssertionError(f"The demo ended without saying {text!r}:\n{''.join(self.lines)}")

    def opens(self) -> bool:
        return page_status("127.0.0.1", self.port) == 200

    @property
    def database(self) -> EmbeddedPostgres:
        """The server of this demo, seen from outside; its data may lie elsewhere for root's sake."""
        server = EmbeddedPostgres(self.data / "postgres")
        server.prepare()
        return server

    def kill_database(self) -> None:
        os.kill(int((self.database.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


@pytest.fixture
def start(tmp_path: Path, free_port: int) -> Iterator[Callable[[], Demo]]:
    """Starts demos in one folder; what is left of them at the end is stopped."""
    started: list[Demo] = []
    tmp_path.chmod(0o755)
    if (made := settings.DATA_DIR / "assets").exists():
        shutil.copytree(made, tmp_path / "assets")  # typefaces take a while and are tested elsewhere

    def _start() -> Demo:
        started.append(Demo(tmp_path, free_port))
        return started[-1]

    yield _start
    for demo in started:
        if demo.process.poll() is None:
            demo.process.terminate()
            demo.process.communicate(timeout=60)
        shutil.rmtree(demo.database.root, ignore_errors=True)


def test_it_runs_stops_without_a_trace_and_comes_back_after_a_kill(start, tmp_path, free_port):
    demo = start()
    demo.until("Press Ctrl-C")
    said = "".join(demo.lines)
    assert re.search(rf"cshub is running: http://demo\.localhost:{free_port}", said)
    assert "admin@demo.example" in said
    assert "ada@demo.example" not in said
    assert PASSWORD in said
    assert demo.opens()
    demo.kill_database()
    demo.until("PostgreSQL had ended unexpectedly and runs again")
    assert eventually(demo.opens)

    demo.process.kill()
    demo.process.communicate()
    assert eventually(lambda: not mentioning("celery --app cshub.celery beat --schedule " + str(tmp_path)), within=20)

    again = start()
    again.until("Press Ctrl-C")
    assert not [
        line for line in again.lines if "Starting PostgreSQL" in line or "Typefaces 1 of" in line
    ]  # both are still there
    assert again.opens()
    again.process.send_signal(signal.SIGINT)
    assert "Stopped. The data stays in" in again.process.communicate(timeout=40)[0]
    assert again.process.returncode == 0
    assert eventually(lambda: not mentioning(str(tmp_path)))
    assert not mentioning(str(again.database.data))
    assert not mentioning(f"--port {free_port}")
