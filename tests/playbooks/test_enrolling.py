"""Triggers find whom they should, each once, with the arm written first."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from math import sqrt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import Account, AccountRevenue, Contract, Renewal
from playbooks import services
from playbooks.engine.assignment import arm_of, draw, stratum_of
from playbooks.models import Enrollment, PlaybookVersion, Run, Task
from tests.accounts import make as facts
from tests.playbooks import make
from tests.playbooks.make import MORNING

pytestmark = pytest.mark.usefixtures("acme")


def counts(as_of: datetime = MORNING) -> tuple[int, int]:
    enrolled = services.enroll_due(as_of=as_of)
    return enrolled.treated_count, enrolled.held_out_count


def many_accounts(number: int) -> None:
    accounts = Account.objects.bulk_create(
        Account(external_id=f"many-{each}", name=f"Many {each}") for each in range(number)
    )
    AccountRevenue.objects.bulk_create(
        AccountRevenue(account=account, arr=1_000 * (each + 1), currency="EUR") for each, account in enumerate(accounts)
    )
    contracts = Contract.objects.bulk_create(
        Contract(
            account=account,
            external_id=f"many-{each}",
            starts_on=date(2026, 1, 15),
            ends_on=date(2027, 1, 15),
            currency="EUR",
        )
        for each, account in enumerate(accounts)
    )
    Renewal.objects.bulk_create(
        Renewal(account=contract.account, contract=contract, due_on=date(2027, 1, 15), arr_due=1_000, currency="EUR")
        for contract in contracts
    )


def test_a_term_that_ends_within_the_days_is_found_once() -> None:
    account = make.due_account()
    make.due_account(due_on=MORNING.date() + timedelta(days=91))
    version = make.active()
    assert counts() == (1, 0)
    assert counts() == (0, 0)
    enrollment = Enrollment.objects.get()
    assert (enrollment.account, enrollment.version, enrollment.arm) == (account, version, "treated")
    assert enrollment.renewal is not None
    assert enrollment.renewal.due_on == date(2027, 1, 15)
    assert enrollment.facts["renewal_due_on"] == "2027-01-15"
    assert (enrollment.arr_at_start, enrollment.recorded_at) == (12_000, MORNING)


@pytest.mark.parametrize("days", [1, 90])
def test_both_ends_of_the_runway_belong_to_it(days: int) -> None:
    make.due_account(due_on=MORNING.date() + timedelta(days=days))
    make.active()
    assert counts() == (1, 0)


def test_on_the_due_day_it_is_too_late_for_an_arm() -> None:
    make.due_account(due_on=MORNING.date())
    make.active()
    assert counts() == (0, 0)


def test_a_term_missed_while_nothing_ran_is_caught_up() -> None:
    make.due_account()
    make.active()
    assert counts(MORNING + timedelta(days=50)) == (1, 0)


@pytest.mark.parametrize("status", ["prospect", "churned"])
def test_only_customers_are_found(status: str) -> None:
    make.due_account(status=status)
    make.active()
    assert counts() == (0, 0)


def test_a_decided_renewal_is_left_alone() -> None:
    account = make.due_account()
    facts.decision(account.renewals.get(), recorded_at=MORNING - timedelta(days=1))
    make.active()
    assert counts() == (0, 0)


def test_two_terms_that_end_close_to_each_other_are_one_occasion() -> None:
    account = make.due_account()
    facts.renewal(facts.contract(account, ends_on=date(2027, 1, 30)))
    make.active()
    assert counts() == (1, 0)
    assert counts(MORNING + timedelta(days=60)) == (0, 0)


def test_next_years_term_is_another_occasion() -> None:
    account = make.due_account()
    facts.renewal(account.contracts.get(), due_on=date(2028, 1, 15))
    make.active()
    assert counts() == (1, 0)
    assert counts(MORNING + timedelta(days=365)) == (1, 0)


def test_a_new_version_does_not_enroll_the_same_term_again() -> None:
    make.due_account()
    version = make.active()
    counts()
    newer = services.draft_version(version.playbook, by=make.ada(), as_of=MORNING, goal="Another goal")
    services.submit(newer, by=make.ada(), as_of=MORNING)
    services.approve(newer, by=make.grace(), as_of=MORNING)
    assert counts() == (0, 0)


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        ({"segment": ["retail"]}, 1),
        ({"segment": ["retail", "energy"]}, 2),
        ({"region": ["north"]}, 1),
        ({"arr_min": "20000"}, 1),
        ({"arr_max": "20000"}, 1),
        ({"bands": ["risk"]}, 1),
        ({"status": ["onboarding"]}, 0),
    ],
)
def test_the_audience_limits_who_is_met(audience: dict[str, object], expected: int) -> None:
    small = make.due_account(segment="retail", region="north", arr=5_000)
    make.due_account(segment="energy", arr=50_000)
    make.health(small)
    make.active(audience=audience)
    assert counts() == (expected, 0)


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "paused", "retired"])
def test_a_version_that_is_not_active_enrolls_nobody(state: str) -> None:
    make.due_account()
    version = make.active()
    PlaybookVersion.objects.filter(pk=version.pk).update(state=state)
    assert counts() == (0, 0)


def test_an_active_version_without_approval_enrolls_nobody() -> None:
    make.due_account()
    version = make.submitted()
    PlaybookVersion.objects.filter(pk=version.pk).update(state="active")
    assert counts() == (0, 0)


@pytest.mark.parametrize(
    "tampered",
    [
        {"holdout_share": "0.5"},
        {"goal": "x"},
        {"salt": "y"},
        {"steps": [{"title": "z", "after_days": 0}]},
        {"content_hash": "0"},
    ],
)
def test_a_version_changed_after_its_approval_enrolls_nobody_and_writes_no_step(tampered: dict[str, object]) -> None:
    make.due_account()
    version = make.active()
    counts()
    make.due_account()
    PlaybookVersion.objects.filter(pk=version.pk).update(**tampered)
    assert counts() == (0, 0)
    assert services.follow_runs(as_of=MORNING) == 0


def test_the_arm_is_the_one_that_anybody_can_draw_again() -> None:
    many_accounts(300)
    version = make.active(holdout_share="0.3")
    assert len(version.strata) == 2
    treated, held_out = counts()
    assert treated + held_out == 300
    assert abs(held_out - 90) < 4 * sqrt(300 * 0.21)
    boundaries = [Decimal(each) for each in version.strata]
    for enrollment in Enrollment.objects.all():
        stratum = stratum_of(enrollment.arr_at_start, boundaries)
        drawn = draw(
            salt=make.SALT, stratum=stratum, account_id=str(enrollment.account_id), window_key=enrollment.window_key
        )
        assert (enrollment.stratum, enrollment.draw) == (stratum, drawn)
        assert enrollment.arm == arm_of(drawn, holdout_share=version.holdout_share)
    assert set(Enrollment.objects.values_list("stratum", flat=True)) == {"arr_1", "arr_2", "arr_3"}
    assert Run.objects.count() == treated
    assert not Run.objects.filter(enrollment__arm="held_out").exists()


def test_a_held_out_account_gets_no_task_but_people_may_make_one() -> None:
    many_accounts(30)
    make.active(holdout_share="0.5")
    treated, _held_out = counts()
    assert services.follow_runs(as_of=MORNING) == treated
    held_out = Enrollment.objects.held_out().first()
    assert held_out is not None
    assert not Task.objects.filter(account=held_out.account).exists()
    make.task(held_out.account)
    assert Task.objects.filter(account=held_out.account).count() == 1


def test_a_fall_of_health_is_answered_once() -> None:
    account = make.due_account(due_on=date(2027, 6, 1))
    transition = make.transition(account)
    make.active(**make.drop_content(horizon_days=365))
    assert counts() == (1, 0)
    transition.refresh_from_db()
    enrollment = Enrollment.objects.get()
    assert transition.answered_at == MORNING
    assert enrollment.window_key == "transition:2026Q4"
    assert enrollment.renewal == account.renewals.get()
    assert (enrollment.facts["from_band"], enrollment.facts["to_band"]) == ("good", "risk")
    make.transition(account, from_band="watch", occurred_at=MORNING + timedelta(days=3))
    assert counts(MORNING + timedelta(days=4)) == (0, 0)


def test_a_fall_without_a_renewal_in_the_horizon_has_none() -> None:
    make.transition(make.due_account(due_on=date(2028, 6, 1)))
    make.active(**make.drop_content())
    assert counts() == (1, 0)
    assert Enrollment.objects.get().renewal is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"from_band": "risk", "to_band": "watch"}, 0),
        ({"from_band": "good", "to_band": "watch"}, 1),
        ({"from_band": "unknown", "to_band": "risk"}, 1),
        ({"from_band": "risk", "to_band": "good"}, 0),
        ({"from_band": "risk", "to_band": "unknown"}, 0),
        ({"occurred_at": MORNING - timedelta(days=31)}, 0),
        ({"occurred_at": MORNING + timedelta(hours=1)}, 0),
    ],
)
def test_only_a_recent_fall_counts(fields: dict[str, object], expected: int) -> None:
    make.transition(facts.account(), **fields)
    make.active(**make.drop_content())
    assert counts() == (expected, 0)


def test_falls_wait_until_a_playbook_answers_them() -> None:
    transition = make.transition(facts.account())
    counts()
    transition.refresh_from_db()
    assert transition.answered_at is None
    make.active(**make.drop_content())
    assert counts(MORNING + timedelta(days=5)) == (1, 0)


def test_two_playbooks_may_answer_the_same_fall() -> None:
    make.transition(facts.account())
    make.active(**make.drop_content())
    make.active(**make.drop_content())
    assert counts() == (2, 0)


def test_the_cost_of_a_pass_does_not_grow_with_accounts(count_queries) -> None:  # type: ignore[no-untyped-def]
    make.active()
    many_accounts(2)
    few = count_queries(lambda: services.enroll_due(as_of=MORNING))
    for number in range(20):
        make.due_account(name=f"More {number}")
    assert count_queries(lambda: services.enroll_due(as_of=MORNING)) == few


def test_nothing_of_another_tenant_is_enrolled(inside) -> None:  # type: ignore[no-untyped-def]
    make.due_account()
    with inside("globex"):
        make.due_account()
        make.active()
    make.active()
    assert counts() == (1, 0)
    with inside("globex"):
        assert not Enrollment.objects.exists()
        assert counts() == (1, 0)


def test_the_database_refuses_a_second_enrollment_of_the_same_window() -> None:
    make.due_account()
    make.active()
    counts()
    twin = Enrollment.objects.get()
    twin.pk, twin._state.adding = None, True
    with pytest.raises(IntegrityError, match="an_account_is_enrolled_once_a_window"), transaction.atomic():
        twin.save(force_insert=True)


def test_nobody_can_change_an_arm() -> None:
    make.due_account()
    make.active()
    counts()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Enrollment.objects.update(arm="held_out")
