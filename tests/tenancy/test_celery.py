"""A task runs in the tenant that sent it, or not at all."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from celery import states
from django.db import transaction

from cshub.celery import app
from cshub.db.active import ACTIVE
from cshub.tenancy import services
from cshub.tenancy.context import no_tenant, public_context, schema_context

ran: list[Any] = []


@app.task
def note(*, word: str) -> str | None:
    ran.append((word, ACTIVE.schema))
    return ACTIVE.schema


@app.task(public=True)
def sweep() -> str | None:
    ran.append(ACTIVE.schema)
    return ACTIVE.schema


@pytest.fixture(autouse=True)
def nothing_ran(db: None) -> Iterator[None]:
    ran.clear()
    yield
    assert ACTIVE.schema is None


def sent_by(schema: str | None, task: Any, **kwargs: Any) -> Any:
    """The task as a worker runs it that got it with this header, standing in no tenant itself."""
    return task.apply(kwargs=kwargs, headers={"_schema_name": schema})


def test_a_task_carries_its_tenant(db: None) -> None:
    with schema_context("globex"):
        assert note.apply(kwargs={"word": "hello"}).get() == "globex"


def test_a_worker_enters_the_tenant_and_leaves_it(db: None) -> None:
    with no_tenant():
        assert sent_by("acme", note, word="a").get() == "acme"
        assert sent_by("globex", note, word="b").get() == "globex"
        assert ACTIVE.schema is None


@pytest.mark.parametrize("schema", ["public", None, "initech", "tenant_template"])
def test_a_task_without_a_living_tenant_is_rejected_and_does_not_run(db: None, schema: str | None) -> None:
    assert sent_by(schema, note, word="lost").state == states.REJECTED
    assert ran == []


def test_a_task_of_a_suspended_tenant_is_rejected(db: None, as_of: datetime) -> None:
    with schema_context("acme") as tenant:
        services.suspend(tenant=tenant, as_of=as_of)
    assert sent_by("acme", note, word="late").state == states.REJECTED
    assert ran == []


def test_a_task_of_the_platform_runs_in_public_when_it_says_so(db: None) -> None:
    assert sent_by("public", sweep).get() == "public"
    with public_context():
        assert sweep.apply().get() == "public"


def test_a_task_that_fails_leaves_its_tenant_too(db: None) -> None:
    result = sent_by("acme", note, wrong="argument")
    assert result.state == states.FAILURE
    assert ACTIVE.schema is None


def test_a_task_called_as_a_function_stays_where_it_is_called(db: None) -> None:
    with schema_context("acme"):
        assert note(word="direct") == "acme"


def test_a_task_sent_on_commit_is_sent_for_the_tenant_that_asked(
    db: None, django_capture_on_commit_callbacks: Any
) -> None:
    app.conf.task_always_eager = True
    try:
        with django_capture_on_commit_callbacks(execute=True), schema_context("acme"), transaction.atomic():
            note.delay_on_commit(word="later")
            assert ran == []
    finally:
        app.conf.task_always_eager = False
    assert ran == [("later", "acme")]


def test_every_task_of_the_product_is_strict(db: None) -> None:
    from cshub.celery import StrictTenantTask

    app.loader.import_default_modules()
    own = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert own
    assert all(isinstance(task, StrictTenantTask) for task in own)
