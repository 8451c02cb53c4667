"""What the help desk, the books, the people and the orders of an account give to its health, computed by hand."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Invoice, Order, Payment, RoleChange, StageChange, Ticket
from tests.accounts import make as facts
from tests.health import make
from tests.health.sql.test_facts import raw_of

pytestmark = pytest.mark.usefixtures("acme")
AT = make.AS_OF


def ticket(of: Any, days: int, **fields: Any) -> Ticket:
    number = Ticket.objects.count()
    opened = AT - timedelta(days=days)
    return Ticket.objects.create(
        account=of, external_id=f"t{number}", **{"opened_at": opened, "recorded_at": opened, **fields}
    )


def invoice(of: Any, due: int, *paid: tuple[int, int], amount: int = 100, **fields: Any) -> None:
    number = Invoice.objects.count()
    day = make.ago(due)
    terms = {"issued_on": day, "due_on": day, "currency": "EUR", "recorded_at": make.LONG_AGO, **fields}
    made = Invoice.objects.create(account=of, external_id=f"i{number}", amount=amount, **terms)
    for turn, (days, money) in enumerate(paid):
        Payment.objects.create(
            invoice=made,
            external_id=f"p{number}-{turn}",
            paid_on=make.ago(days),
            amount=money,
            recorded_at=AT - timedelta(days=days),
        )


def order(of: Any, *days: int, **fields: Any) -> None:
    for day in days:
        number = Order.objects.count()
        terms = {"amount": Decimal(9), "currency": "EUR", "recorded_at": make.LONG_AGO, **fields}
        Order.objects.create(account=of, external_id=f"o{number}", ordered_on=make.ago(day), **terms)


TICKETS = ("tickets_open", "tickets_urgent", "tickets_reopened")


@pytest.mark.parametrize("source", [*TICKETS, "tickets_reply_hours", "tickets_satisfaction"])
def test_without_a_help_desk_tickets_are_unknown(source):
    account = make.account()
    late = ticket(account, 3, recorded_at=AT + timedelta(hours=1))
    assert raw_of(account, source) is None
    Ticket.objects.filter(pk=late.pk).update(opened_at=AT + timedelta(hours=1), recorded_at=AT)
    assert raw_of(account, source) is None


def test_with_a_help_desk_no_ticket_is_none_but_no_reply_is_unknown():
    account = make.account()
    ticket(make.account(), 3)
    assert [raw_of(account, source) for source in TICKETS] == [0, 0, 0]
    assert raw_of(account, "tickets_reply_hours") is None
    assert raw_of(account, "tickets_satisfaction") is None


def test_a_ticket_is_open_until_it_is_resolved():
    account = make.account()
    ticket(account, 400, priority="urgent")
    ticket(account, 5, resolved_at=AT + timedelta(days=1), status="resolved")
    ticket(account, 5, resolved_at=AT - timedelta(days=1), status="resolved", priority="urgent")
    ticket(account, 5, status="resolved")
    assert raw_of(account, "tickets_open") == 2
    assert raw_of(account, "tickets_urgent") == 1


def test_replies_reopenings_and_ratings_of_the_window():
    account = make.account()
    ticket(account, 10, first_replied_at=AT - timedelta(days=10, hours=-2), reopened_count=2, satisfaction=2)
    ticket(account, 20, first_replied_at=AT - timedelta(days=20, hours=-6), reopened_count=1, satisfaction=5)
    ticket(account, 1, first_replied_at=AT + timedelta(days=1), satisfaction=1, resolved_at=AT + timedelta(days=1))
    ticket(account, 100, first_replied_at=AT, reopened_count=9, satisfaction=1)
    assert raw_of(account, "tickets_reply_hours") == 4
    assert raw_of(account, "tickets_reopened") == 3
    assert raw_of(account, "tickets_satisfaction") == 3.5


def test_bills_past_their_day():
    account = make.account()
    invoice(account, 30, (25, 60), (10, 40))
    invoice(account, 50, (45, 40))
    invoice(account, -5, amount=900)
    invoice(account, 5, amount=-300)
    invoice(account, 400, amount=700)
    assert raw_of(account, "billing_overdue_share") == pytest.approx(60 / 200)
    assert raw_of(account, "billing_days_late") == 50
    paid = make.account()
    invoice(paid, 30, (18, 100))
    assert (raw_of(paid, "billing_overdue_share"), raw_of(paid, "billing_days_late")) == (0, 12)


def test_bills_in_two_currencies_have_no_share_and_no_bills_are_unknown():
    account, other = make.account(), make.account()
    invoice(account, 30)
    invoice(account, 30, currency="USD")
    assert raw_of(account, "billing_overdue_share") is None
    assert raw_of(account, "billing_days_late") == 30
    assert raw_of(other, "billing_days_late") is None


def test_champions_and_sponsors_who_left():
    account, steady, without = make.account(), make.account(), make.account()
    known = {"recorded_at": make.LONG_AGO}
    facts.contact(account, role="champion", left_on=make.ago(10), **known)
    moved = facts.contact(account, role="user", **known)
    RoleChange.objects.create(
        contact=moved, from_role="sponsor", to_role="user", occurred_on=make.ago(20), recorded_at=AT
    )
    facts.contact(account, role="sponsor", left_on=make.ago(100), **known)
    facts.contact(account, role="user", left_on=make.ago(5), **known)
    facts.contact(steady, role="champion", **known)
    facts.contact(without, role="user", left_on=make.ago(5), **known)
    assert [raw_of(each, "people_left") for each in (account, steady, without)] == [2, 0, None]


def test_orders_against_their_own_rhythm():
    account, new = make.account(), make.account()
    order(account, 100, 70, 40, 40)
    order(account, 5, status="cancelled")
    order(account, 1, recorded_at=AT + timedelta(days=1))
    order(new, 60, 30)
    assert raw_of(account, "order_pace") == pytest.approx(40 / 30)
    assert raw_of(new, "order_pace") is None


def test_days_in_the_stage_and_until_notice():
    account = make.account()
    for days, stage in ((90, "onboarding"), (30, "adoption")):
        moment = AT - timedelta(days=days)
        StageChange.objects.create(account=account, to_stage=stage, occurred_at=moment, recorded_at=moment)
    known = {"recorded_at": make.LONG_AGO, "starts_on": make.ago(300)}
    facts.contract(account, ends_on=make.ago(-100), notice_days=30, **known)
    facts.contract(account, ends_on=make.ago(-20), notice_days=30, **known)
    assert raw_of(account, "stage_days") == 30
    assert raw_of(account, "notice_days") == 70
    assert raw_of(make.account(), "stage_days") is None


@pytest.mark.parametrize(("adds", "level"), [("sum", 9), ("max", 5), ("last", 4)])
def test_the_level_of_a_metric_follows_how_its_days_add_up(adds, level):
    account = make.account()
    facts.metric("seats", aggregation=adds)
    make.used(account, {make.ago(40): 99, make.ago(9): 5, make.ago(2): 4}, metric_key="seats")
    assert raw_of(account, "usage_level", metric="seats") == level
    assert raw_of(account, "usage_level", metric="exports") is None


def test_depth_is_what_one_active_user_did_in_a_day():
    account = make.account()
    make.used(account, {make.ago(9): 30}, active_users=3)
    make.used(account, {make.ago(8): 10}, active_users=2)
    make.used(account, {make.ago(7): 99})
    assert raw_of(account, "usage_depth", metric="logins") == 8
