"""Many at once: one effect, one chain, one claim."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client

from cshub.audit.services import record, verify_chain
from cshub.tenancy.context import schema_context
from cshub.tenancy.models import Tenant
from cshub.users.models import User
from cshub.users.throttle import TooManyAttempts, count_attempt
from cshub.work.models import OutboxEntry
from cshub.work.services import deliver_due, put
from tests import cast
from tests.database import AS_OF


def at_once(number: int, act: Callable[[int], Any]) -> list[Any]:
    """What `act(0)`, `act(1)`, … return or raise in threads of their own, each inside Acme."""
    answers: list[Any] = [None] * number
    start = threading.Barrier(number)

    def run(place: int) -> None:
        try:
            with schema_context("acme"):
                start.wait(10)
                answers[place] = act(place)
        except Exception as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_deeds_written_at_once_make_one_chain(committed_acme: Tenant) -> None:
    events = at_once(4, lambda place: [record("thing.done", target=None, by=None, at=AS_OF).seq for _ in range(10)])
    assert sorted(number for numbers in events for number in numbers) == list(range(1, 41))
    assert verify_chain() == []


def test_the_same_post_at_once_has_one_effect(committed_acme: Tenant) -> None:
    headers = {**cast.ivy(), "Idempotency-Key": "k", "host": "acme.testserver"}
    body = {"email": "new@acme.example", "name": "New", "role": "csm"}

    def post(place: int) -> int:
        return Client(headers=headers).post("/api/v1/users/", body, content_type="application/json").status_code

    answers = at_once(4, post)
    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert User.objects.filter(email="new@acme.example").count() == 1


def test_guesses_at_once_are_all_counted(committed_acme: Tenant) -> None:
    def guess(place: int) -> int:
        let = 0
        for _ in range(5):
            try:
                count_attempt(purpose="sign_in", email="a@b.example", address="10.0.0.1", as_of=AS_OF)
                let += 1
            except TooManyAttempts:
                continue
        return let

    assert sum(at_once(4, guess)) == 10


def test_workers_at_once_send_each_mail_once(committed_acme: Tenant, mailoutbox: list[Any]) -> None:
    for number in range(12):
        put(
            "mail",
            key=f"k{number}",
            payload={"to": ["a@b.example"], "subject": f"s{number}", "text": "t"},
            due_at=AS_OF,
        )
    turns = at_once(3, lambda place: deliver_due(as_of=AS_OF).sent)
    assert sum(turns) == 12
    assert sorted(message.subject for message in mailoutbox) == sorted(f"s{number}" for number in range(12))
    assert set(OutboxEntry.objects.values_list("state", flat=True)) == {"sent"}
