"""What beat and workers do in the background: claim what is due, and do it in its tenant, once."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import transaction

from cshub.operations import tasks
from cshub.schedule import BEAT_SCHEDULE
from cshub.tenancy import due
from cshub.tenancy.context import public_context
from cshub.tenancy.models import DueWork, Tenant
from cshub.work.models import Job, OutboxEntry
from cshub.work.services import put
from cshub.work.wake import OUTBOX, TURN
from playbooks.models import Task
from tests import cast
from tests.playbooks import make

MAIL = {"to": ["ada@acme.example"], "subject": "Renewal", "text": "Hello"}
Inside = Callable[[str], AbstractContextManager[Tenant]]


@pytest.fixture
def at_once() -> Iterator[None]:
    """Messages are worked off where they are sent, with their tenant, as a worker would."""
    current_app.conf.task_always_eager = current_app.conf.task_eager_propagates = True
    yield
    current_app.conf.task_always_eager = current_app.conf.task_eager_propagates = False


def doorbells() -> int:
    with public_context():
        return DueWork.objects.count()


def sweep() -> None:
    with public_context():
        tasks.answer_due_work.delay()


def test_a_sweep_sends_the_mail_that_is_due(acme: Tenant, at_once: None, mailoutbox: list[Any]) -> None:
    put("mail", key="k", payload=MAIL, due_at=cast.clock() - timedelta(minutes=1))
    assert doorbells() == 1
    sweep()
    sweep()
    assert [mail.subject for mail in mailoutbox] == ["Renewal"]
    assert OutboxEntry.objects.get().state == "sent"
    assert doorbells() == 0


def test_what_is_not_due_yet_stays(acme: Tenant, at_once: None, mailoutbox: list[Any]) -> None:
    put("mail", key="k", payload=MAIL, due_at=cast.clock() + timedelta(hours=1))
    sweep()
    assert (mailoutbox, doorbells()) == ([], 1)


def test_each_tenant_gets_its_own_work_done(acme: Tenant, inside: Inside, at_once: None, mailoutbox: list[Any]) -> None:
    put("mail", key="k", payload=MAIL, due_at=cast.AS_OF)
    with inside("globex"):
        put("mail", key="k", payload={**MAIL, "subject": "Theirs"}, due_at=cast.AS_OF)
    sweep()
    assert sorted(mail.subject for mail in mailoutbox) == ["Renewal", "Theirs"]
    with inside("globex"):
        assert OutboxEntry.objects.get().state == "sent"


def test_a_ring_for_a_turn_moves_the_pipeline_on(acme: Tenant, at_once: None) -> None:
    make.due_account(due_on=(cast.clock() + timedelta(days=60)).date())
    make.active()
    with transaction.atomic():
        due.ring(TURN, due_at=cast.AS_OF)
    sweep()
    assert Task.objects.exists()
    assert doorbells() == 0


def test_work_that_fails_is_due_again_when_its_claim_ends(acme: Tenant, at_once: None) -> None:
    with transaction.atomic():
        due.ring(OUTBOX, due_at=cast.AS_OF)
    claimed = due.claim_due([OUTBOX], as_of=cast.AS_OF, limit=1)
    assert len(claimed) == 1
    sweep()
    assert doorbells() == 1  # somebody else holds it
    due.finish(claimed[0], next_at=cast.AS_OF)
    sweep()
    assert doorbells() == 0


def test_the_night_turns_every_tenant(acme: Tenant, inside: Inside, at_once: None) -> None:
    due_on = (cast.clock() + timedelta(days=60)).date()
    for schema in ("acme", "globex"):
        with inside(schema):
            make.due_account(due_on=due_on)
            make.active()
    with public_context():
        tasks.advance_every_tenant.delay()
    for schema in ("acme", "globex"):
        with inside(schema):
            assert Task.objects.exists(), schema


def test_a_job_that_fell_silent_is_called_failed(acme: Tenant, at_once: None) -> None:
    long_ago = cast.clock() - timedelta(days=2)
    job = Job.objects.create(
        kind="import", title="File", state="running", created_at=long_ago, started_at=long_ago, heartbeat_at=long_ago
    )
    tasks.tidy_tenant.delay()
    job.refresh_from_db()
    assert job.state == "failed"


def test_a_turn_is_refused_where_there_is_no_tenant(acme: Tenant) -> None:
    assert tasks.advance_tenant.apply(headers={"_schema_name": "public"}).state == "REJECTED"


@pytest.mark.parametrize("sentence", BEAT_SCHEDULE)
def test_every_recurring_job_says_what_it_does_and_exists(sentence: str) -> None:
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    entry = BEAT_SCHEDULE[sentence]
    assert entry["task"] in current_app.tasks
    assert getattr(current_app.tasks[entry["task"]], "public", False), "beat sends without a tenant"
