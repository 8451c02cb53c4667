"""A real broker and real workers, for tests that kill some."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from kombu import Connection

from cshub.embedded.valkey import EmbeddedValkey
from cshub.environment import BASE_DIR
from tests.embedded.processes import kill_group

Worker = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """The broker that CSHUB_BROKER_URL names, else an embedded one of this test."""
    if named := os.environ.get("CSHUB_BROKER_URL"):
        yield named
        return
    with EmbeddedValkey(tmp_path / "broker") as server:
        yield server.url


@pytest.fixture
def queue(broker: str) -> Iterator[str]:
    """A queue of this test alone: a named broker serves other tests and other runs at the same time."""
    name = f"tests-{uuid4().hex}"
    yield name
    with Connection(broker) as connection:
        connection.default_channel.queue_delete(name)
        connection.default_channel.exchange_delete(name)


@pytest.fixture
def environment(broker: str, queue: str, django_db_setup: None) -> dict[str, str]:
    return os.environ | {
        "CSHUB_BROKER_URL": broker,
        "DJANGO_SETTINGS_MODULE": "cshub.settings",
        "PYTHONPATH": str(BASE_DIR),
        "TESTS_DATABASE": settings.OWNER_DATABASE["NAME"],
        "TESTS_FILES": settings.STORAGES["default"]["OPTIONS"]["location"],
        "TESTS_QUEUE": queue,
    }


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[Worker]:
    """Starts workers, and kills at the end what is left of them."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "celery", "--app", "tests.embedded.tasks", "worker", "--concurrency", "1"]
        quiet = ["--loglevel", "info", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        with (tmp_path / "worker.log").open("ab") as log:
            started.append(
                subprocess.Popen(
                    [*command, *quiet], cwd=BASE_DIR, env=environment, stdout=log, stderr=log, start_new_session=True
                )
            )
        return started[-1]

    yield start
    for process in started:
        kill_group(process)
