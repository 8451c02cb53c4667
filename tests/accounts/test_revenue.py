"""Movements, line ARR and account ARR always agree, whatever happens in whatever order."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import services
from accounts.invariants import INVARIANTS
from accounts.models import AccountRevenue, Contract, ContractLine, RevenueMovement
from accounts.services import LineChange
from accounts.services.refusals import (
    LateChange,
    LineOfAnotherContract,
    SecondCurrency,
    UnknownContract,
    UnusableAmount,
)
from cshub.audit.models import AuditEvent
from tests.accounts import make

START = date(2025, 1, 1)


def change(contract, arr, day=0, *, line="L1", **fields):
    return LineChange(line, contract.external_id, Decimal(arr), START + timedelta(days=day), **fields)


def kinds():
    return list(RevenueMovement.objects.order_by("occurred_on", "id").values_list("kind", "amount"))


def empty_contract(**fields):
    made = make.contract(arr=0, **fields)
    made.lines.all().delete()
    return made


def test_kinds_follow_from_the_account_s_total(acme, as_of):
    contract = empty_contract()
    history = [change(contract, arr, day) for day, arr in enumerate(["100", "150", "150", "90.50", "0", "70"])]
    assert services.revise_lines(history, by=None, as_of=as_of) == 5
    assert kinds() == [
        ("new", Decimal("100.00")),
        ("expansion", Decimal("50.00")),
        ("contraction", Decimal("-59.50")),
        ("churn", Decimal("-90.50")),
        ("reactivation", Decimal("70.00")),
    ]
    assert ContractLine.objects.get().arr == AccountRevenue.objects.get().arr == Decimal(70)


def test_a_second_line_is_an_expansion_of_the_account_and_its_end_a_contraction(acme, as_of):
    contract = empty_contract()
    services.revise_lines([change(contract, 100), change(contract, 40, 10, line="L2")], by=None, as_of=as_of)
    services.revise_lines([change(contract, 0, 20, line="L2")], by=None, as_of=as_of)
    assert [kind for kind, _ in kinds()] == ["new", "expansion", "contraction"]


def test_lines_that_start_and_stop_on_one_day_count_alike(acme, as_of):
    contract = empty_contract()
    services.revise_lines([change(contract, 100), change(contract, 40, line="L2")], by=None, as_of=as_of)
    services.revise_lines([change(contract, 0, 9), change(contract, 0, 9, line="L2")], by=None, as_of=as_of)
    assert [kind for kind, _ in kinds()] == ["new", "new", "churn", "churn"]


def test_the_same_source_is_booked_once(acme, as_of):
    contract = empty_contract()
    assert services.revise_lines([change(contract, 100, source_ref="crm:1")], by=None, as_of=as_of) == 1
    assert services.revise_lines([change(contract, 100, 5)], by=None, as_of=as_of) == 0
    assert services.revise_lines([change(contract, 130, 9)], by=None, as_of=as_of) == 1
    assert services.revise_lines([change(contract, 100, source_ref="crm:1")], by=None, as_of=as_of) == 0
    assert AccountRevenue.objects.get().arr == Decimal(130)


def test_a_given_kind_is_kept_and_one_that_does_not_fit_is_refused(acme, as_of):
    contract = empty_contract()
    services.revise_lines([change(contract, 100), change(contract, 103, 1, kind="price")], by=None, as_of=as_of)
    assert [kind for kind, _ in kinds()] == ["new", "price"]
    with pytest.raises(UnusableAmount, match="does not fit"):
        services.revise_lines([change(contract, 90, 2, kind="expansion")], by=None, as_of=as_of)
    with pytest.raises(UnusableAmount, match="is not a kind"):
        services.revise_lines([change(contract, 90, 2, kind="gift")], by=None, as_of=as_of)


def test_an_account_keeps_one_currency(acme, as_of):
    euros = make.contract()
    dollars = Contract.objects.create(account=euros.account, external_id="in-dollars", starts_on=START, currency="USD")
    with pytest.raises(SecondCurrency, match="is kept in EUR, and contract in-dollars is in USD"):
        services.revise_lines([change(dollars, 100)], by=None, as_of=as_of)
    assert not dollars.lines.exists()


def test_the_past_is_not_rewritten(acme, as_of):
    contract = empty_contract()
    services.revise_lines([change(contract, 100, 10)], by=None, as_of=as_of)
    with pytest.raises(LateChange, match="Date it 2025-01-11 or later"):
        services.revise_lines([change(contract, 50, 9)], by=None, as_of=as_of)


def test_unknown_contracts_and_lines_of_others_are_named(acme, as_of):
    one, other = empty_contract(), make.contract(external_id="other")
    missing = LineChange("L1", "nowhere", Decimal(1), START)
    with pytest.raises(UnknownContract, match="no contract nowhere"):
        services.revise_lines([change(one, 5), missing], by=None, as_of=as_of)
    with pytest.raises(LineOfAnotherContract, match="other:1 belongs to another contract"):
        services.revise_lines([change(one, 5, line="other:1")], by=None, as_of=as_of)
    assert not one.lines.exists()
    assert other.lines.get().arr == 12_000


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", "1e15"])
def test_amounts_that_cannot_be_are_refused(acme, as_of, amount):
    with pytest.raises(UnusableAmount, match="not a yearly amount"):
        services.revise_lines([change(empty_contract(), amount)], by=None, as_of=as_of)


def test_one_deed_is_written_for_many_changes_and_none_for_nothing(acme, as_of):
    contract = empty_contract()
    services.revise_lines([change(contract, 100), change(contract, 200, 1)], by=None, as_of=as_of)
    services.revise_lines([change(contract, 200, 2)], by=None, as_of=as_of)
    assert [event.after["movements"] for event in AuditEvent.objects.filter(verb="revenue.revised")] == [2]


def test_the_number_of_statements_does_not_grow_with_the_changes(acme, as_of, count_queries):
    def revise(count):
        contract = empty_contract()
        changes = [change(contract, 10 + n, line=f"{contract.external_id}:{n}") for n in range(count)]
        return count_queries(lambda: services.revise_lines(changes, by=None, as_of=as_of))

    revise(1)
    assert revise(50) == revise(2)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(
        st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, 2), st.decimals(0, 500, places=2), st.integers(0, 4)),
            min_size=1,
            max_size=6,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_the_sum_of_movements_is_the_arr_after_any_history(acme, as_of, calls):
    contracts = [empty_contract() for _ in range(3)]
    expected: dict[str, Decimal] = defaultdict(Decimal)
    day = 0
    for call in calls:
        changes = []
        for contract, line, arr, later in call:
            day += later
            name = f"{contracts[contract].external_id}:{line}"
            changes.append(change(contracts[contract], arr, day, line=name))
            expected[name] = arr
        services.revise_lines(changes, by=None, as_of=as_of)
    assert dict(ContractLine.objects.filter(external_id__in=expected).values_list("external_id", "arr")) == expected
    for contract in contracts:
        moved = RevenueMovement.objects.filter(account=contract.account).aggregate(total=Sum("amount"))["total"] or 0
        assert moved == AccountRevenue.objects.get(account=contract.account).arr
        assert not moved or "new" in kinds_of_the_first_day(contract.account)
    assert [problem for invariant in INVARIANTS for problem in invariant.violations()] == []


def kinds_of_the_first_day(account):
    first = account.movements.earliest("occurred_on").occurred_on
    return set(account.movements.filter(occurred_on=first).values_list("kind", flat=True))
