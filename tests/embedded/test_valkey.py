"""The embedded broker keeps its queue through kills and restarts, and is shared like the database."""

import os
import signal

import pytest

from cshub.embedded.valkey import EmbeddedValkey
from tests.embedded.processes import mentioning

pytestmark = pytest.mark.slow


def test_the_queue_survives_a_restart_and_a_kill(tmp_path):
    with EmbeddedValkey(tmp_path) as broker, broker.client() as client:
        client.lpush("queue", "first")
    with EmbeddedValkey(tmp_path) as broker:
        with broker.client() as client:
            client.lpush("queue", "second")
            client.config_set("appendfsync", "always")
            client.lpush("queue", "third")
        assert broker.process
        os.kill(broker.process.pid, signal.SIGKILL)
        broker.process.wait()
        assert broker.heal()
        with broker.client() as client:
            assert client.lrange("queue", 0, -1) == [b"third", b"second", b"first"]
    assert not mentioning(str(tmp_path))


def test_the_last_user_stops_it(tmp_path):
    first, second = EmbeddedValkey(tmp_path).start(), EmbeddedValkey(tmp_path).start()
    first.stop()
    assert second.answers()
    second.stop()
    assert not second.answers()
    assert first.process.wait(10) == 0
    assert not mentioning(str(tmp_path))


def test_it_lies_under_a_short_path_when_its_own_is_too_long(tmp_path):
    with EmbeddedValkey(tmp_path / ("a long name " * 8)) as broker:
        assert len(str(broker.socket)) < 100
        assert " " not in broker.url
        assert broker.answers()
