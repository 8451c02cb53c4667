"""Accounts, people, interactions and renewals: each verb does what it says once, and says what it refuses."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts import services
from accounts.invariants import INVARIANTS
from accounts.models import Account, AccountRevenue, Contract, ContractLine, Renewal, RenewalDecision, RevenueMovement
from accounts.services import ContractTerms, Decision
from accounts.services.refusals import (
    AlreadyDecided,
    ExternalIdTaken,
    SecondCurrency,
    UnknownAccount,
    UnknownRenewal,
    UnusableAmount,
    UnusableTerms,
    WrongPerson,
)
from accounts.services.shares import split
from cshub.audit.models import AuditEvent
from tests import cast
from tests.accounts import make


def violations():
    return [problem for invariant in INVARIANTS for problem in invariant.violations()]


def test_an_external_id_belongs_to_one_account(acme, as_of):
    services.record_account(external_id="n-1", name="Northwind", by=None, as_of=as_of)
    with pytest.raises(ExternalIdTaken, match="“n-1” is taken"):
        services.record_account(external_id="n-1", name="Other", by=None, as_of=as_of)
    with pytest.raises(ValidationError):
        services.record_account(external_id="n-2", name="", by=None, as_of=as_of)
    with pytest.raises(TypeError, match="Unknown fields: arr"):
        services.record_account(external_id="n-3", name="N", by=None, as_of=as_of, arr=5)


def test_only_what_differs_is_written_and_audited(acme, as_of):
    account = make.account(segment="Small")
    services.revise_account(account, by=None, as_of=as_of, segment="Large", name=account.name)
    services.revise_account(account, by=None, as_of=as_of, segment="Large")
    (deed,) = AuditEvent.objects.filter(verb="account.revised")
    assert (deed.before, deed.after) == ({"segment": "Small"}, {"segment": "Large"})


def test_a_book_changes_hands_in_one_deed(acme, as_of, count_queries):
    ada, ben = cast.ada(), cast.ben()
    for _ in range(3):
        make.account(owner=ada)
    hers = make.account(owner=ben)
    assert services.assign(Account.objects.all(), owner=ben, by=ada, as_of=as_of) == 3
    assert services.assign(Account.objects.all(), owner=ben, by=ada, as_of=as_of) == 0
    (deed,) = AuditEvent.objects.filter(verb="accounts.assigned")
    assert deed.after["count"] == 3
    assert set(deed.before["owners"].values()) == {str(ada.pk)}
    assert services.assign(Account.objects.filter(pk=hers.pk), owner=None, by=ada, as_of=as_of) == 1
    with pytest.raises(WrongPerson, match="cannot sign in any more"):
        services.assign(Account.objects.all(), owner=cast.alan(is_active=False), by=ada, as_of=as_of)


def test_an_interaction_is_with_somebody_of_the_account(acme, as_of):
    account, stranger = make.account(), make.contact()
    fields = {
        "channel": "call",
        "direction": "outbound",
        "mode": "proactive",
        "minutes": 5,
        "subject": "Hello",
        "by": None,
        "as_of": as_of,
    }
    made = services.record_interaction(account=account, occurred_at=as_of, **fields)
    assert made.recorded_at == as_of
    with pytest.raises(WrongPerson, match="is not at"):
        services.record_interaction(account=account, contact=stranger, occurred_at=as_of, **fields)
    with pytest.raises(ValidationError, match="future"):
        services.record_interaction(account=account, occurred_at=as_of + timedelta(days=1), **fields)


def test_contracts_are_recorded_once_and_changed_where_they_differ(acme, as_of):
    account = make.account(external_id="a")
    terms = ContractTerms("c", "a", date(2026, 1, 1), "EUR", ends_on=date(2027, 1, 1))
    assert services.record_contracts([terms], by=None, as_of=as_of) == 1
    assert services.record_contracts([terms], by=None, as_of=as_of) == 0
    assert AccountRevenue.objects.get(account=account).currency == "EUR"
    for wrong, refusal in (
        (ContractTerms("d", "nobody", date(2026, 1, 1), "EUR"), UnknownAccount),
        (ContractTerms("d", "a", date(2026, 1, 1), "USD"), SecondCurrency),
        (ContractTerms("d", "a", date(2026, 1, 1), "EUR", ends_on=date(2026, 1, 1)), UnusableTerms),
        (ContractTerms("d", "a", date(2026, 1, 1), "euro"), UnusableTerms),
        (ContractTerms("", "a", date(2026, 1, 1), "EUR"), UnusableTerms),
    ):
        with pytest.raises(refusal):
            services.record_contracts([terms, wrong], by=None, as_of=as_of)
    make.account(external_id="b")
    with pytest.raises(UnusableTerms, match="belongs to another account"):
        services.record_contracts([ContractTerms("c", "b", date(2026, 1, 1), "EUR")], by=None, as_of=as_of)


def test_renewals_follow_the_ends_of_contracts(acme, as_of):
    contract = make.contract(ends_on=date(2027, 1, 1), notice_days=90)
    assert services.refresh_renewals(as_of=as_of) == 1
    assert services.refresh_renewals(as_of=as_of) == 0
    renewal = Renewal.objects.get()
    assert (renewal.due_on, renewal.notice_by, renewal.arr_due) == (date(2027, 1, 1), date(2026, 10, 3), 12_000)
    assert AccountRevenue.objects.get().next_renewal_on == date(2027, 1, 1)
    Contract.objects.update(ends_on=date(2027, 6, 1))
    make.movement(contract.lines.get(), amount=500, occurred_on=date(2026, 5, 1))
    assert services.refresh_renewals(as_of=as_of) >= 1
    moved = Renewal.objects.get()
    assert (moved.pk, moved.due_on, moved.arr_due) == (renewal.pk, date(2027, 6, 1), 12_500)
    assert services.refresh_renewals(as_of=as_of) == 0


def test_a_renewed_contract_is_prolonged_at_its_new_price(acme, as_of):
    contract = make.contract(arr=1000)
    make.line(contract, arr=500)
    services.refresh_renewals(as_of=as_of)
    decision = Decision(Renewal.objects.get().pk, "renewed", Decimal("1800.01"), date(2026, 11, 20))
    assert services.decide_renewals([decision], by=None, as_of=as_of) == 1
    assert services.decide_renewals([decision], by=None, as_of=as_of) == 0
    contract.refresh_from_db()
    assert (contract.ends_on, contract.status) == (date(2028, 1, 1), "active")
    assert sorted(ContractLine.objects.values_list("arr", flat=True)) == [Decimal("600.00"), Decimal("1200.01")]
    assert AccountRevenue.objects.get().arr == Decimal("1800.01")
    assert AccountRevenue.objects.get().next_renewal_on == date(2028, 1, 1)
    assert [movement.kind for movement in RevenueMovement.objects.filter(occurred_on=date(2026, 11, 20))] == [
        "expansion"
    ] * 2
    assert violations() == []


def test_a_churned_contract_ends_and_its_account_has_left(acme, as_of):
    contract = make.contract(arr=1000)
    services.refresh_renewals(as_of=as_of)
    decision = Decision(Renewal.objects.get().pk, "churned", Decimal(0), date(2026, 11, 20))
    services.decide_renewals([decision], by=None, as_of=as_of)
    account = Account.objects.get()
    assert (account.status, account.churned_on, account.revenue.arr) == ("churned", date(2026, 11, 20), 0)
    assert account.revenue.next_renewal_on is None
    contract.refresh_from_db()
    assert contract.status == "ended"
    assert RevenueMovement.objects.latest("occurred_on").kind == "churn"
    assert violations() == []
    with pytest.raises(AlreadyDecided, match="was decided already: churned"):
        services.decide_renewals(
            [Decision(decision.renewal_id, "renewed", Decimal(1), date(2026, 11, 20))], by=None, as_of=as_of
        )


def test_an_account_with_another_contract_stays(acme, as_of):
    contract = make.contract(arr=1000)
    make.contract(contract.account, arr=500, ends_on=None)
    services.refresh_renewals(as_of=as_of)
    services.decide_renewals(
        [Decision(Renewal.objects.get().pk, "churned", Decimal(0), date(2026, 11, 20))], by=None, as_of=as_of
    )
    assert Account.objects.get().status == "active"
    assert RevenueMovement.objects.latest("occurred_on").kind == "contraction"


@pytest.mark.parametrize(
    ("decision", "amount", "refusal"),
    [
        ("renewed", "-1", UnusableAmount),
        ("churned", "5", UnusableAmount),
        ("maybe", "5", UnusableAmount),
        ("renewed", "0.001", UnusableAmount),
    ],
)
def test_decisions_that_make_no_sense_are_refused(acme, as_of, decision, amount, refusal):
    renewal = make.renewal()
    with pytest.raises(refusal):
        services.decide_renewals(
            [Decision(renewal.pk, decision, Decimal(amount), date(2026, 11, 20))], by=None, as_of=as_of
        )
    with pytest.raises(UnknownRenewal):
        services.decide_renewals(
            [Decision(renewal.contract_id, "churned", Decimal(0), date(2026, 11, 20))], by=None, as_of=as_of
        )
    assert not RenewalDecision.objects.exists()


def test_deciding_many_costs_as_much_as_deciding_two(acme, as_of, count_queries):
    def cost(count):
        renewals = [make.renewal() for _ in range(count)]
        decisions = [Decision(renewal.pk, "renewed", renewal.arr_due, date(2026, 11, 20)) for renewal in renewals]
        return count_queries(lambda: services.decide_renewals(decisions, by=None, as_of=as_of))

    cost(1)
    assert cost(20) == cost(2)


@given(st.decimals(0, 10**9, places=2), st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=8))
def test_parts_add_up_to_the_cent(amount, weights):
    parts = split(amount, weights)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)


def test_each_invariant_finds_what_breaks_it(acme):
    contract = make.contract()
    assert violations() == []
    ContractLine.objects.update(arr=1)
    assert any("its movements sum up to 12000" in problem for problem in violations())
    ContractLine.objects.update(arr=12_000)
    AccountRevenue.objects.update(arr=1)
    assert len(violations()) == 1
    AccountRevenue.objects.update(arr=12_000, currency="USD")
    assert violations() == [f"Account {contract.account.external_id} is kept in EUR, USD."]
    AccountRevenue.objects.update(currency="EUR")
    make.decision(make.renewal(contract), decision="churned")
    assert violations() == []
    Contract.objects.update(status="active")
    assert len(violations()) == 1
