"""A Celery application with small tasks for tests of the broker: `celery --app tests.embedded.tasks worker`."""

import os
import time
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402 - after setup

from cshub.celery import app  # noqa: E402
from tests import database  # noqa: E402

database.claim_settings()
if name := os.environ.get("TESTS_DATABASE"):
    database.point_django_at(name)
if files := os.environ.get("TESTS_FILES"):
    settings.STORAGES["default"]["OPTIONS"]["location"] = files
# Shorter than a worker takes to start: it looks for what another left when it starts, and then only every hundred seconds.
settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 1}
settings.CELERY_TASK_DEFAULT_QUEUE = os.environ.get("TESTS_QUEUE", "tests")


@app.task(name="tests.write", bind=True)
def write(self: Any, *, path: str, seconds: float = 0) -> None:
    """Write what happened to a file: that the task began, in which schema, and that it ended."""
    from django.db import connection

    with Path(path).open("a") as file:
        file.write(f"began in {connection.schema_name}\n")
    time.sleep(seconds)
    with Path(path).open("a") as file:
        file.write("ended\n")


@app.task(name="tests.hold", public=True)
def hold(*, path: str, megabytes: int) -> None:
    """Hold so much memory for a moment, and write to a file which process did."""
    held = bytearray(megabytes << 20)
    with Path(path).open("a") as file:
        file.write(f"{os.getpid()} {len(held)}\n")
