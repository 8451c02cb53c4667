"""Two evaluators at the same time, or one that is killed half-way, enroll and step exactly once."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection, transaction

from accounts.models import Account, AccountRevenue, Contract, Renewal
from cshub.tenancy.context import schema_context
from cshub.users import four_eyes
from health.models import HealthTransition
from playbooks import services
from playbooks.invariants import INVARIANTS
from playbooks.models import Enrollment, Run, Task
from tests.playbooks import make
from tests.playbooks.make import MORNING

pytestmark = pytest.mark.usefixtures("committed_acme")
ACCOUNTS = 400


class Killed(Exception):
    """The process is gone."""


def facts_for_many() -> None:
    accounts = Account.objects.bulk_create(
        Account(external_id=f"a{each}", name=f"A {each}") for each in range(ACCOUNTS)
    )
    AccountRevenue.objects.bulk_create(AccountRevenue(account=each, arr=1_000, currency="EUR") for each in accounts)
    contracts = Contract.objects.bulk_create(
        Contract(account=each, external_id=each.external_id, starts_on=date(2026, 1, 1), currency="EUR")
        for each in accounts
    )
    Renewal.objects.bulk_create(
        Renewal(account=each.account, contract=each, due_on=date(2027, 1, 1), arr_due=1_000, currency="EUR")
        for each in contracts
    )
    HealthTransition.objects.bulk_create(
        HealthTransition(account=each, from_band="good", to_band="risk", reason="x", occurred_at=MORNING)
        for each in accounts
    )


def at_once(action: Callable[[], object], workers: int = 2) -> list[object]:
    """Run the action in several connections that start together; what each returned."""
    ready, results = threading.Barrier(workers), []

    def work() -> None:
        try:
            with schema_context("acme"):
                ready.wait()
                results.append(action())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(results) == workers
    return results


def kill_after(action: Callable[[], object]) -> None:
    """The action does its work, and its process is gone before the commit."""
    with transaction.atomic():
        action()
        raise Killed


def test_two_evaluators_enroll_and_step_exactly_once() -> None:
    facts_for_many()
    make.active(holdout_share="0.25")
    make.active(**make.drop_content(holdout_share="0.25"))
    counted = at_once(lambda: services.enroll_due(as_of=MORNING))
    treated = sum(each.treated_count for each in counted)  # type: ignore[attr-defined]
    held_out = sum(each.held_out_count for each in counted)  # type: ignore[attr-defined]
    assert treated + held_out == Enrollment.objects.count() == 2 * ACCOUNTS
    assert Run.objects.count() == treated
    made = at_once(lambda: services.follow_runs(as_of=MORNING))
    assert sum(made) == Task.objects.count() == treated  # type: ignore[arg-type]
    assert not HealthTransition.objects.unanswered().exists()
    assert [violation for each in INVARIANTS for violation in each.violations()] == []


def test_killed_before_the_commit_nothing_is_lost_or_doubled() -> None:
    facts_for_many()
    make.active(**make.drop_content())
    with pytest.raises(Killed):
        kill_after(lambda: services.enroll_due(as_of=MORNING))
    assert not Enrollment.objects.exists()
    assert HealthTransition.objects.unanswered().count() == ACCOUNTS
    assert services.enroll_due(as_of=MORNING).treated_count == ACCOUNTS
    with pytest.raises(Killed):
        kill_after(lambda: services.follow_runs(as_of=MORNING))
    assert services.follow_runs(as_of=MORNING) == Task.objects.count() == ACCOUNTS
    assert services.follow_runs(as_of=MORNING) == 0
    assert services.enroll_due(as_of=MORNING).treated_count == 0


def test_two_people_cannot_both_approve() -> None:
    version = make.submitted()
    approvers = [make.grace(), make.person("Root", "admin")]

    def approve() -> str:
        try:
            services.approve(version.__class__.objects.get(pk=version.pk), by=approvers.pop(), as_of=MORNING)
        except four_eyes.AlreadyApproved:
            return "refused"
        return "approved"

    assert sorted(map(str, at_once(approve))) == ["approved", "refused"]


def test_two_people_cannot_both_complete_a_task() -> None:
    task_id = make.task().pk
    ada_id, grace_id = make.ada().pk, make.grace().pk
    people = [ada_id, grace_id]

    def complete() -> str:
        by = make.ada().__class__.objects.get(pk=people.pop())
        try:
            services.complete(Task.objects.get(pk=task_id), by=by, as_of=MORNING, minutes=5, result="reached")
        except services.TaskIsClosed:
            return "refused"
        return "done"

    assert sorted(map(str, at_once(complete))) == ["done", "refused"]
