"""Two accounts become one and come apart again: nothing is lost, nothing counts as churn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts import services
from accounts.invariants import INVARIANTS
from accounts.models import (
    Account,
    AccountMerge,
    AccountRevenue,
    Contact,
    Contract,
    Invoice,
    Order,
    Ownership,
    RevenueMovement,
    UsageDaily,
)
from accounts.services.refusals import CannotMerge, CannotSplit, SecondCurrency, UnknownAccount
from cshub.db import sql
from cshub.users.models import User
from reports.impact.models import Outcome
from reports.impact.services import observe_outcomes
from reports.sql import RETENTION
from tests import cast
from tests.accounts import make

AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LATER = AS_OF + timedelta(days=30)
YEAR = {"start": date(2026, 6, 1), "end": date(2027, 1, 1), "currency": "EUR"}


@pytest.fixture
def ada(acme: object) -> User:
    return cast.ada()


@pytest.fixture
def pair(ada: User) -> tuple[Account, Account]:
    """North with 100,000 a year and West with 40,000, which will go into it."""
    north = services.record_account(external_id="N", name="North", owner=ada, by=ada, as_of=AS_OF - timedelta(days=300))
    west = services.record_account(external_id="W", name="West", owner=ada, by=ada, as_of=AS_OF - timedelta(days=300))
    make.contract(north, arr=100_000, external_id="cn")
    make.contract(west, arr=40_000, external_id="cw")
    services.refresh_renewals(as_of=AS_OF)
    return north, west


@pytest.fixture(autouse=True)
def nothing_breaks(acme: object) -> Iterator[None]:
    yield
    assert [line for each in INVARIANTS for line in each.violations()] == []


def merged(pair: tuple[Account, Account], **fields: Any) -> AccountMerge:
    merge = services.merge_accounts(survivor=pair[0], absorbed=pair[1], by=None, as_of=AS_OF, **fields)
    for account in pair:
        account.refresh_from_db()
    return merge


def arr(account: Account) -> Decimal:
    return AccountRevenue.objects.get(account=account).arr


def retention(as_of: datetime) -> Any:
    return sql.named(RETENTION, {**YEAR, "as_of": as_of})[0]


def test_what_belongs_to_an_account_changes_sides_and_what_was_recorded_stays(
    pair: tuple[Account, Account], ada: User
) -> None:
    north, west = pair
    person, call = make.contact(west), make.interaction(west)
    order = Order.objects.create(account=west, external_id="o", ordered_on=AS_OF.date(), amount=1, currency="EUR")
    invoice = Invoice.objects.create(
        account=west, external_id="i", issued_on=AS_OF.date(), due_on=AS_OF.date(), amount=1, currency="EUR"
    )
    merge = merged(pair)
    for row in (person, order, invoice):
        row.refresh_from_db()
        assert row.account_id == north.pk
    call.refresh_from_db()
    assert call.account_id == west.pk
    assert merge.moved["contacts"] == [str(person.pk)]
    assert (west.status, west.merged_into_id, west.owner_id) == ("merged", north.pk, None)
    assert Contract.objects.filter(account=north).count() == 2
    assert not Ownership.objects.filter(account=west, until=None).exists()


def test_revenue_goes_over_in_pairs_that_add_up_to_nothing(pair: tuple[Account, Account]) -> None:
    merged(pair)
    assert (arr(pair[0]), arr(pair[1])) == (140_000, 0)
    moves = RevenueMovement.objects.filter(kind="transfer").order_by("amount")
    assert [(each.account_id, each.amount) for each in moves] == [(pair[1].pk, -40_000), (pair[0].pk, 40_000)]


def test_a_merge_is_neither_churn_nor_expansion(pair: tuple[Account, Account]) -> None:
    recorded = datetime(2027, 1, 2, tzinfo=UTC)  # after the factory's rows, which the database stamps
    before = retention(recorded)
    services.merge_accounts(survivor=pair[0], absorbed=pair[1], by=None, as_of=recorded, occurred_on=date(2026, 11, 21))
    after = retention(recorded)
    assert (before.start, before.accounts) == (140_000, 2)
    assert (after.start, after.lost_uncapped, after.gained, after.accounts, after.accounts_lost) == (
        140_000,
        0,
        0,
        1,
        0,
    )
    observe_outcomes(as_of=recorded)
    assert not Outcome.objects.filter(kind__in=["churned", "expanded", "contracted"]).exists()


def test_an_earlier_report_reads_the_two_as_they_were(pair: tuple[Account, Account]) -> None:
    recorded = datetime(2027, 1, 2, tzinfo=UTC)
    services.merge_accounts(survivor=pair[0], absorbed=pair[1], by=None, as_of=recorded)
    assert retention(recorded - timedelta(hours=1)).accounts == 2


def test_a_split_in_the_period_is_no_loss_either(pair: tuple[Account, Account]) -> None:
    merge = merged(pair)
    recorded = datetime(2027, 1, 2, tzinfo=UTC)
    services.split_account(merge, by=None, as_of=recorded, occurred_on=date(2026, 12, 20))
    after = retention(recorded)
    assert (after.start, after.lost_uncapped, after.gained, after.accounts, after.accounts_lost) == (
        140_000,
        0,
        0,
        2,
        0,
    )


def test_a_split_gives_back_what_is_worth_now(pair: tuple[Account, Account], ada: User) -> None:
    person = make.contact(pair[1])
    merge = merged(pair)
    services.revise_lines(
        [services.LineChange("cw:1", "cw", Decimal(50_000), AS_OF.date())], by=ada, as_of=AS_OF + timedelta(days=1)
    )
    newcomer = make.contact(pair[0])
    services.split_account(merge, by=ada, as_of=LATER)
    west = Account.objects.get(pk=pair[1].pk)
    assert (arr(pair[0]), arr(west)) == (100_000, 50_000)
    assert (west.status, west.merged_into_id, west.owner_id) == ("active", None, ada.pk)
    assert Contact.objects.get(pk=person.pk).account_id == west.pk
    assert Contact.objects.get(pk=newcomer.pk).account_id == pair[0].pk
    assert west.revenue.next_renewal_on == date(2027, 1, 1)


def test_days_of_usage_are_added_up_and_taken_back(pair: tuple[Account, Account]) -> None:
    north, west = pair
    known = {"recorded_at": AS_OF - timedelta(hours=1)}
    make.usage(north, value=10, **known)
    make.usage(west, value=7, **known)
    make.usage(west, value=3, day=date(2026, 11, 19), **known)
    make.metric("seats", aggregation="max")
    make.usage(west, metric_key="seats", value=4, **known)
    merge = merged(pair)

    def values() -> dict[tuple[str, date], Decimal]:
        return {(row.metric_id, row.day): row.value for row in UsageDaily.objects.filter(account=north)}

    assert values() == {
        ("logins", date(2026, 11, 20)): 17, ("logins", date(2026, 11, 19)): 3, ("seats", date(2026, 11, 20)): 4
    }  # fmt: skip
    services.split_account(merge, by=None, as_of=LATER)
    assert values() == {("logins", date(2026, 11, 20)): 10}


def test_the_old_id_reaches_the_account_that_lives(pair: tuple[Account, Account], ada: User) -> None:
    merged(pair)
    south = make.account(external_id="S")
    services.merge_accounts(survivor=south, absorbed=pair[0], by=ada, as_of=LATER)
    assert services.resolve_external_ids(["N", "W", "S", "?"]) == dict.fromkeys(("N", "W", "S"), south.pk)
    terms = services.ContractTerms("new", "W", date(2026, 11, 1), "EUR")
    services.record_contracts([terms], by=ada, as_of=LATER)
    assert Contract.objects.get(external_id="new").account_id == south.pk


def test_merges_of_merges_are_taken_back_in_order(pair: tuple[Account, Account]) -> None:
    first = merged(pair)
    south = make.account(external_id="S", name="South")
    second = services.merge_accounts(survivor=south, absorbed=pair[0], by=None, as_of=LATER)
    with pytest.raises(CannotSplit, match="merged into South itself"):
        services.split_account(first, by=None, as_of=LATER)
    services.split_account(second, by=None, as_of=LATER + timedelta(days=1))
    assert services.resolve_external_ids(["W"]) == {"W": pair[0].pk}
    services.split_account(first, by=None, as_of=LATER + timedelta(days=2))
    assert arr(pair[1]) == 40_000
    with pytest.raises(CannotSplit, match="taken back already"):
        services.split_account(first, by=None, as_of=LATER + timedelta(days=3))


def test_children_follow_and_return_and_no_loop_comes_of_it(pair: tuple[Account, Account]) -> None:
    north, west = pair
    child = make.account(parent=west)
    grandchild = make.account(parent=child)
    services.set_parent(north, parent=grandchild, by=None, as_of=AS_OF)
    merge = merged(pair)
    child.refresh_from_db()
    assert (north.parent_id, child.parent_id) == (None, north.pk)
    services.split_account(merge, by=None, as_of=LATER)
    child.refresh_from_db()
    assert child.parent_id == west.pk


def test_what_cannot_be_merged_is_refused_with_its_remedy(pair: tuple[Account, Account]) -> None:
    north, west = pair
    with pytest.raises(CannotMerge, match="with itself"):
        services.merge_accounts(survivor=north, absorbed=north, by=None, as_of=AS_OF)
    dollars = make.account(name="Dollars")
    make.contract(dollars, currency="USD")
    with pytest.raises(SecondCurrency, match="kept in EUR and Dollars in USD"):
        services.merge_accounts(survivor=north, absorbed=dollars, by=None, as_of=AS_OF)
    with pytest.raises(CannotMerge, match="still to come"):
        services.merge_accounts(survivor=north, absorbed=west, by=None, as_of=AS_OF, occurred_on=date(2027, 1, 1))
    merged(pair)
    with pytest.raises(CannotMerge, match="West was merged into North already"):
        services.merge_accounts(survivor=west, absorbed=north, by=None, as_of=LATER)


def test_nothing_is_recorded_at_an_account_that_went_away(pair: tuple[Account, Account], ada: User) -> None:
    merged(pair)
    with pytest.raises(UnknownAccount, match="Record it there"):
        services.record_contact(account=pair[1], name="Eve", by=ada, as_of=LATER)
    with pytest.raises(UnknownAccount):
        services.revise_account(pair[1], name="Else", by=ada, as_of=LATER)
    with pytest.raises(CannotMerge, match="by merging it"):
        services.revise_account(pair[0], status="merged", by=ada, as_of=LATER)
