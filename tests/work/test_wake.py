"""Whoever caused work never waits for the broker, nor learns of its troubles."""

import logging
import time

import pytest
from celery import Celery
from django.conf import settings

from cshub.work import wake

NOBODY = "127.0.0.1:1"


def app_of(broker: str) -> Celery:
    app = Celery(broker=broker, set_as_current=False)
    app.conf.broker_transport_options = {"max_retries": settings.CELERY_BROKER_TRANSPORT_OPTIONS["max_retries"]}
    return app


class Refused:
    """A hint to a broker that answers and refuses."""

    app = app_of(f"amqp://{NOBODY}//")

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def apply_async(self, **_: object) -> None:
        raise self.error


REFUSALS = Refused.app.connection_for_write().connection_errors + Refused.app.connection_for_write().channel_errors


@pytest.mark.parametrize("broker", [f"redis://{NOBODY}/0", f"amqp://{NOBODY}//"])
def test_a_broker_that_is_down_costs_no_time_and_no_error(broker: str, caplog: pytest.LogCaptureFixture) -> None:
    began = time.monotonic()
    with caplog.at_level(logging.WARNING, "cshub"):
        wake._send(app_of(broker).signature("some.task"))
    assert time.monotonic() - began < 2
    assert "the sweep will find what is due" in caplog.text


@pytest.mark.parametrize("error", [error for error in REFUSALS if error.__module__.startswith("amqp")])
def test_a_broker_that_refuses_is_no_error_either(error: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "cshub"):
        wake._send(Refused(error))
    assert "the sweep will find what is due" in caplog.text
