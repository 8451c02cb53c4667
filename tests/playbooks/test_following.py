"""Runs move on: each step becomes one task, on business days, for the account's owner."""

from datetime import date, timedelta

import pytest

from cshub.db import sql
from playbooks import services
from playbooks.models import PlaybookVersion, Run, Task
from playbooks.sql import following
from tests.accounts import make as facts
from tests.playbooks import make
from tests.playbooks.make import MORNING

pytestmark = pytest.mark.usefixtures("acme")


def enrolled(**changes: object) -> PlaybookVersion:
    version = make.active(**changes)
    services.enroll_due(as_of=MORNING)
    return version


def test_the_first_step_becomes_a_task_of_the_owner_at_once() -> None:
    account = make.due_account()
    enrolled()
    assert services.follow_runs(as_of=MORNING) == 1
    task = Task.objects.get()
    assert (task.account, task.owner, task.step, task.title) == (account, make.ada(), 0, "Prepare")
    assert (task.mode, task.state, task.expected_minutes) == ("proactive", "open", 20)
    assert task.due_on == date(2026, 11, 25)


def test_it_writes_no_step_twice() -> None:
    make.due_account()
    enrolled()
    assert [services.follow_runs(as_of=MORNING) for _ in range(3)] == [1, 0, 0]


def test_the_next_step_comes_when_the_one_before_falls_due() -> None:
    make.due_account()
    enrolled()
    services.follow_runs(as_of=MORNING)
    assert services.follow_runs(as_of=MORNING + timedelta(days=1)) == 0
    assert services.follow_runs(as_of=MORNING + timedelta(days=2)) == 1
    assert Task.objects.get(step=1).due_on == date(2026, 12, 2)


def test_a_weekend_is_no_due_date() -> None:
    make.due_account()
    make.active()
    saturday = MORNING + timedelta(days=5)
    services.enroll_due(as_of=saturday)
    assert services.follow_runs(as_of=saturday) == 1
    assert Task.objects.get().due_on == date(2026, 12, 2)


def test_after_downtime_steps_are_not_born_overdue() -> None:
    make.due_account(due_on=date(2027, 2, 1))
    enrolled()
    services.follow_runs(as_of=MORNING)
    late = MORNING + timedelta(days=30)
    assert services.follow_runs(as_of=late) == 1
    assert Task.objects.get(step=1).due_on >= late.date()


def test_steps_without_delay_come_together() -> None:
    make.due_account()
    enrolled(steps=[{"title": f"Step {number}", "after_days": 0, "minutes": 5} for number in range(3)])
    assert services.follow_runs(as_of=MORNING) == 3


@pytest.mark.parametrize("owner_is", ["nobody", "gone"])
def test_a_task_without_an_active_owner_belongs_to_nobody(owner_is: str) -> None:
    owner = make.person("Gone", is_active=False) if owner_is == "gone" else None
    make.due_account(owner=owner)
    enrolled()
    services.follow_runs(as_of=MORNING)
    assert Task.objects.get().owner is None


def test_a_run_is_finished_when_its_last_task_is() -> None:
    make.due_account()
    enrolled()
    services.follow_runs(as_of=MORNING)
    services.follow_runs(as_of=MORNING + timedelta(days=2))
    for task in Task.objects.order_by("step"):
        assert Run.objects.get().state == "active"
        services.complete(task, by=make.ada(), as_of=MORNING + timedelta(days=3), minutes=5, result="reached")
    run = Run.objects.get()
    assert (run.state, run.finished_at, run.next_step) == ("finished", MORNING + timedelta(days=3), 2)


def test_a_run_waits_while_its_version_is_paused() -> None:
    make.due_account()
    version = enrolled()
    services.pause(version, by=make.grace(), as_of=MORNING)
    assert services.follow_runs(as_of=MORNING) == 0
    services.resume(version, by=make.grace(), as_of=MORNING)
    assert services.follow_runs(as_of=MORNING) == 1


def test_runs_of_a_retired_version_keep_the_steps_that_were_approved() -> None:
    make.due_account()
    version = enrolled()
    newer = services.draft_version(
        version.playbook, by=make.ada(), as_of=MORNING, steps=[{"title": "Another", "after_days": 1}]
    )
    services.submit(newer, by=make.ada(), as_of=MORNING)
    services.approve(newer, by=make.grace(), as_of=MORNING)
    version.refresh_from_db()
    assert version.state == "retired"
    assert services.follow_runs(as_of=MORNING) == 1
    assert Task.objects.get().title == "Prepare"


def test_a_decided_renewal_stops_the_run_and_cancels_its_open_tasks() -> None:
    account = make.due_account()
    enrolled()
    services.follow_runs(as_of=MORNING)
    facts.decision(account.renewals.get(), recorded_at=MORNING)
    assert services.follow_runs(as_of=MORNING + timedelta(days=10)) == 0
    assert (Run.objects.get().state, Task.objects.get().state) == ("stopped", "cancelled")


def test_a_customer_who_left_is_not_called() -> None:
    account = make.due_account()
    enrolled()
    services.follow_runs(as_of=MORNING)
    account.status = "churned"
    account.save(update_fields=["status"])
    services.follow_runs(as_of=MORNING + timedelta(days=10))
    assert (Run.objects.get().state, Task.objects.get().state) == ("stopped", "cancelled")


def test_the_cost_does_not_grow_with_runs(count_queries) -> None:  # type: ignore[no-untyped-def]
    enrolled()
    make.due_account()
    services.enroll_due(as_of=MORNING)
    one = count_queries(lambda: services.follow_runs(as_of=MORNING))
    for _ in range(25):
        make.due_account()
    services.enroll_due(as_of=MORNING)
    assert count_queries(lambda: services.follow_runs(as_of=MORNING)) == one
    assert Task.objects.count() == 26


@pytest.mark.parametrize("statement", [following.FINISH, following.STOP])
def test_finishing_never_scans_the_inbox_index_once_per_run(statement: str) -> None:
    sql.execute("SET LOCAL enable_seqscan = off")
    plan = sql.rows(f"EXPLAIN {statement}", {"as_of": MORNING, "run": None, "slice": 10})
    assert not [line for (line,) in plan if "task_inbox" in line]
