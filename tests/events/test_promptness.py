"""Events are counted within a minute, whatever dies; and when the database is away, senders are told to come again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import connections, transaction
from django.test import Client

from accounts.ingest.events import services
from accounts.ingest.events.models import UsageEvent
from accounts.ingest.events.reading.body import read_content
from accounts.ingest.events.services.receiving import Memory
from accounts.ingest.events.sql import folding
from cshub.db import sql
from cshub.environment import BASE_DIR
from cshub.operations import tasks
from cshub.schedule import BEAT_SCHEDULE
from cshub.tenancy import due
from cshub.tenancy.context import public_context
from cshub.tenancy.models import DueWork, Tenant
from cshub.tenancy.postgresql.base import DatabaseWrapper
from tests import cast
from tests.embedded.processes import bare_environment, eventually
from tests.events.sending import batch, group, send, source, track, work_off
from tests.events.serving import environment

PROMISED = 60  # seconds from an answer to the count
SWEEP = 30.0  # seconds between two looks at what is due
WAITS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture
def no_database(db: None) -> Iterator[None]:
    """PostgreSQL refuses connections: there is nobody at its port."""
    before = connections["default"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away: Any = DatabaseWrapper({**before.settings_dict, "HOST": "127.0.0.1", "PORT": free.getsockname()[1]})
        connections["default"] = away
        yield
        connections["default"] = before


def sweep() -> None:
    """A look at what is due, whose messages are worked off where they are sent, with their tenant, as a worker would."""
    current_app.conf.task_always_eager = current_app.conf.task_eager_propagates = True
    try:
        with public_context():
            tasks.answer_due_work.delay()
    finally:
        current_app.conf.task_always_eager = current_app.conf.task_eager_propagates = False


def bells() -> list[str]:
    with public_context():
        return list(DueWork.objects.filter(kind="events").values_list("schema_name", flat=True))


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_delays_events_by_less_than_a_minute(
    committed_acme: Tenant, tmp_path: Any
) -> None:
    assert BEAT_SCHEDULE["Every 30 seconds, see which tenants have something due."]["schedule"] == SWEEP
    _source, key = source()
    send(key, group("u1"), *[track("u1") for _ in range(50)], as_of=cast.clock())
    with transaction.atomic():
        folding.take_turns(alone=True)  # so that the worker stands in the middle of its turn until it is dead
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.events.worker"],
            cwd=BASE_DIR,
            env=bare_environment() | environment(tmp_path),
            start_new_session=True,
        )
        assert eventually(lambda: sql.rows(WAITS) == [(1,)], within=60), "The worker never began."
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    killed = time.monotonic()
    sweep()
    assert UsageEvent.objects.count() == 0  # nobody else may have it yet
    assert eventually(lambda: sweep() or UsageEvent.objects.count() == 50, within=PROMISED)
    assert time.monotonic() - killed + SWEEP < PROMISED


def test_a_long_turn_keeps_its_claim(acme: Tenant) -> None:
    with transaction.atomic():
        due.ring("events", due_at=cast.AS_OF)
    (claimed,) = due.claim_due(["events"], as_of=cast.AS_OF, leases={"events": timedelta(0)})
    tasks.Claim(claimed, timedelta(minutes=1)).renew()
    assert due.claim_due(["events"], as_of=cast.AS_OF) == []
    assert due.finish(claimed)


def test_a_process_that_rang_a_moment_ago_does_not_ring_again_and_a_worker_looks_once_more(acme: Tenant) -> None:
    _source, key = source()
    now, memory = cast.clock(), Memory()
    content = read_content(batch(group("u1"), track("u1"), sent_at=now).encode(), "batch")
    services.receive(content, kind="batch", key=key, as_of=now, memory=memory)
    (rung,) = due.claim_due(["events"], as_of=cast.clock())
    memory.rung["acme"] = time.monotonic() + 60  # as if no time had passed since
    services.receive(content, kind="batch", key=key, as_of=now, memory=memory)
    again_at = services.look_again_at(as_of=now)
    assert due.finish(rung, next_at=again_at)
    assert again_at is not None
    assert len(due.claim_due(["events"], as_of=again_at)) == 1
    assert services.look_again_at(as_of=now + timedelta(seconds=10)) is None


def test_nobody_looks_again_where_nothing_comes_in(acme: Tenant) -> None:
    _source, key = source()
    send(key, group("u1"), track("u1"))
    assert bells() == ["acme"]
    sweep()
    assert (UsageEvent.objects.count(), bells()) == (1, [])


def test_what_comes_in_just_now_is_looked_for_again(acme: Tenant) -> None:
    _source, key = source()
    send(key, group("u1"), track("u1"), as_of=cast.clock())
    sweep()
    assert (UsageEvent.objects.count(), bells()) == (1, ["acme"])


def test_a_source_s_share_is_counted_in_portions_and_never_given_twice(acme: Tenant) -> None:
    """12,000 a minute are 1,000 in five seconds, taken by 50; two processes together let in no more than that and a portion each."""
    _source, key = source(events_a_minute=12_000)
    memories = [Memory(), Memory()]
    content = read_content(batch(*[track("u1") for _ in range(10)]).encode(), "batch")
    for turn in range(300):
        with suppress(services.Refusal):
            services.receive(content, kind="batch", key=key, as_of=cast.AS_OF, memory=memories[turn % 2])
    assert 90 <= work_off().requests <= 110


@pytest.mark.parametrize("call", ["/v1/batch", "/v1/track/"])
def test_senders_are_told_to_come_again_when_the_database_is_away(no_database: None, client: Client, call: str) -> None:
    answer = client.post(call, batch(track("u1")), content_type="application/json")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert (answer.json()["success"], answer.json()["code"]) == (False, "unavailable")


def test_the_api_says_when_to_come_again_when_the_database_is_away(no_database: None, client: Client) -> None:
    answer = client.get("/api/v1/accounts/", headers={"Authorization": "Bearer csk_nobody"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/unavailable/")


def test_people_are_told_in_words_when_the_database_is_away(no_database: None, client: Client) -> None:
    answer = client.get("/inbox/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert b"in a moment" in answer.content
