"""Real clients, unmodified, against a real server: what was acknowledged is there once, also when the server is killed in the middle."""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from segment.analytics.client import Client

from accounts.ingest.events import services
from accounts.ingest.events.models import HeldEvent, RejectedEvent, SeenMessage, UsageEvent
from accounts.models import Account, Contact
from cshub.tenancy.context import public_context
from cshub.tenancy.models import Tenant
from cshub.tenancy.owner import owner_rights
from cshub.tenancy.services import add_host
from tests import cast
from tests.database import AS_OF
from tests.events.sending import batch, group, recounted, source, track, usage
from tests.events.serving import HOST, Server

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed_acme")]


EACH = 600  # events of a sender
TOGETHER = 20  # in a request


class Oracle:
    """Knows which numbered events the server acknowledged."""

    def __init__(self, server: Server, key: str) -> None:
        self._server, self._key = server, key
        self.acknowledged: set[int] = set()

    def send_everything(self, lane: int) -> None:
        """Repeat each request until it is acknowledged; one answer in five is lost on its way, and the request repeated all the same."""
        chance = random.Random(lane)
        for first in range(lane * EACH, (lane + 1) * EACH, TOGETHER):
            numbers = range(first, first + TOGETHER)
            events = [
                track("u1", at=AS_OF, properties={"number": number}, messageId=f"m{number}") for number in numbers
            ]
            body = batch(group("u1", at=AS_OF), *events).encode()
            while not self._is_acknowledged(body) or chance.random() < 0.2:
                time.sleep(0.02)
            self.acknowledged.update(numbers)

    def _is_acknowledged(self, body: bytes) -> bool:
        try:
            return self._server.post(body, {"Authorization": f"Bearer {self._key}"})[0] == 200
        except OSError:
            return False


@pytest.fixture
def server(tmp_path: Path, committed_acme: Tenant) -> Iterator[Server]:
    with owner_rights(), public_context():
        add_host(tenant=committed_acme, host=HOST)
    running = Server(tmp_path)
    running.start()
    yield running
    running.kill()


def work_off() -> services.Turn:
    return services.fold_waiting(clock=cast.clock)


def stored_numbers() -> Counter[int]:
    """How often each numbered event is stored."""
    return Counter(properties["number"] for properties in UsageEvent.objects.values_list("properties", flat=True))


def client_of(key: str, server: Server, errors: list[Any], **options: Any) -> Client:
    logging.getLogger("segment").setLevel(logging.CRITICAL)
    return Client(key, host=server.url, on_error=lambda error, items: errors.append((error, items)), **options)


@pytest.mark.parametrize("gzip", [False, True])
def test_the_python_client_is_understood(server: Server, gzip: bool) -> None:
    _source, key = source()
    errors: list[Any] = []
    client = client_of(key, server, errors, gzip=gzip)
    client.group("u1", "acct-1", {"name": "Nordlys", "plan": "pro"})
    client.identify("u1", {"name": "Ann Olsen", "email": "ann@nordlys.example"})
    for number in range(250):
        client.track("u1", "Report opened", {"number": number})
    client.track(anonymous_id="browser-7", event="Report opened", properties={"number": 250})
    client.alias("browser-7", "u1")
    client.page("u1", "Docs", "Pricing", {"number": 251})
    client.screen("u1", "Home", properties={"number": 252})
    client.flush()
    client.join()
    turn = work_off()
    assert (errors, turn.stored, turn.rejected) == ([], 253, 0)
    assert stored_numbers() == Counter(range(253))
    assert (HeldEvent.objects.count(), RejectedEvent.objects.count()) == (0, 0)
    assert (Account.objects.get().name, Contact.objects.get().email) == ("Nordlys", "ann@nordlys.example")
    assert usage() == recounted()


def test_the_python_client_waits_when_it_is_told_to_and_loses_nothing(server: Server) -> None:
    sender, key = source(events_a_minute=12)  # one request in five seconds
    errors: list[Any] = []
    client = client_of(key, server, errors, upload_size=20)
    client.group("u1", "acct-1")
    for number in range(59):
        client.track("u1", "Report opened", {"number": number})
    began = time.monotonic()
    client.flush()
    assert time.monotonic() - began > 1  # three requests, so that one at least had to wait
    client.join()
    work_off()
    assert errors == []
    assert stored_numbers() == Counter(range(59))
    assert sender.name


def test_the_python_client_is_told_at_once_that_its_key_is_wrong(server: Server) -> None:
    errors: list[Any] = []
    client = client_of("cwk_00000000_guess", server, errors)
    client.track("u1", "Report opened", {"number": 1})
    client.flush()
    client.join()
    assert [error.status for error, _items in errors] == [401]


def test_a_server_killed_in_the_middle_loses_and_doubles_nothing_of_the_python_client(server: Server) -> None:
    _source, key = source()
    errors: list[Any] = []
    client = client_of(key, server, errors, upload_size=10, upload_interval=0.05)
    client.group("u1", "acct-1")

    def say() -> None:
        for number in range(400):
            client.track("u1", "Report opened", {"number": number})
            time.sleep(0.005)

    speaking = threading.Thread(target=say)
    speaking.start()
    time.sleep(0.7)
    server.kill()
    server.start()
    speaking.join()
    client.flush()
    client.join()
    work_off()
    assert errors == []
    assert stored_numbers() == Counter(range(400))


def test_whatever_was_acknowledged_under_kills_is_stored_once(server: Server) -> None:
    """An oracle outside of the product: four senders note what was acknowledged and repeat what was not, while the server is killed three times."""
    _source, key = source()
    oracle = Oracle(server, key)
    senders = [threading.Thread(target=oracle.send_everything, args=(lane,)) for lane in range(4)]
    for thread in senders:
        thread.start()
    for _kill in range(3):
        time.sleep(0.6)
        server.kill()
        work_off()
        server.start()
    for thread in senders:
        thread.join(timeout=120)
    work_off()
    stored = stored_numbers()
    assert len(oracle.acknowledged) == 4 * EACH
    assert oracle.acknowledged == stored.keys()
    assert set(stored.values()) == {1}
    assert SeenMessage.objects.count() == len(stored)
    assert usage() == recounted()


NODE = """
const { Analytics } = require('@segment/analytics-node')
const client = new Analytics({ writeKey: process.env.KEY, host: process.env.HOST_URL, flushAt: 20 })
client.on('error', (problem) => { console.error(problem); process.exitCode = 1 })
client.group({ userId: 'u1', groupId: 'acct-1', traits: { name: 'Nordlys' } })
client.identify({ userId: 'u1', traits: { name: 'Ann', email: 'ann@nordlys.example' } })
for (let number = 0; number < 100; number++) client.track({ userId: 'u1', event: 'Report opened', properties: { number } })
client.page({ userId: 'u1', name: 'Pricing', properties: { number: 100 } })
client.closeAndFlush()
"""


@pytest.mark.node
def test_the_node_client_is_understood(server: Server, tmp_path: Path) -> None:
    """Needs `node` and a folder NODE_PATH with @segment/analytics-node; run with `-m node`."""
    _source, key = source()
    script = tmp_path / "send.js"
    script.write_text(NODE)
    node = shutil.which("node")
    assert node, "Install Node to run this test."
    environment = {**os.environ, "KEY": key, "HOST_URL": server.url, "NODE_OPTIONS": "--dns-result-order=ipv4first"}
    subprocess.run([node, str(script)], env=environment, check=True, timeout=60)
    assert work_off().stored == 101
    assert stored_numbers() == Counter(range(101))
    assert Contact.objects.get().email == "ann@nordlys.example"
    assert json.dumps(usage()["acct-1", "event_page_viewed", str(cast.clock().date())]) == "[1, 1]"
