"""Whatever a file brought, once it is undone its accounts are scored again and what follows from the facts is as before."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import services as facts
from accounts.ingest import services
from accounts.invariants import INVARIANTS
from accounts.models import (
    Account,
    ChangedAccount,
    Contact,
    Contract,
    Invoice,
    Order,
    Ownership,
    Payment,
    Replenishment,
    RoleChange,
    SurveyResponse,
    Ticket,
    UsageDaily,
)
from tests import cast
from tests.accounts import make
from tests.ingest.files import INVOICES, MORNING, ORDERS, bring_in

LATER = MORNING + timedelta(days=3)
FILES = {
    "accounts": ("external id,segment\na,Small\n", "external id,segment\na,Large\n"),
    "contacts": ("id,account,name\np,a,Pia\n", "id,account,name\np,a,Pia Maria\n"),
    "contracts": (
        "contract id,account,start,end,currency,arr\nc,a,2026-01-01,2027-01-01,EUR,1200\n",
        "contract id,account,start,end,currency,arr\nc,a,2026-01-01,2027-06-01,EUR,900\n",
    ),
    "orders": (ORDERS, ORDERS.replace(",10,2.50", ",12,2.50")),
    "invoices": (INVOICES, INVOICES.replace("1200.50", "1300")),
    "usage": ("account,metric,day,value\na,Logins,2026-11-19,5\n", "account,metric,day,value\na,Logins,2026-11-19,9\n"),
    "surveys": (
        "id,account,kind,score,occurred at\ns,a,nps,9,2026-11-01T10:00:00Z\n",
        "id,account,kind,score,occurred at\ns,a,nps,2,2026-11-01T10:00:00Z\n",
    ),
    "tickets": (
        "id,account,subject,status,opened at\nt,a,Help,open,2026-11-01T10:00:00Z\n",
        "id,account,subject,status,opened at\nt,a,Help,pending,2026-11-01T10:00:00Z\n",
    ),
}
WRITTEN = {
    "accounts": lambda: list(Account.objects.values_list("segment")),
    "contacts": lambda: list(Contact.objects.values_list("name", "left_on")),
    "contracts": lambda: list(Contract.objects.values_list("ends_on", "status")),
    "orders": lambda: list(
        Order.objects.order_by("external_id", "lines__number").values_list("amount", "lines__quantity")
    ),
    "invoices": lambda: (
        list(Invoice.objects.order_by("external_id").values_list("amount")),
        list(Payment.objects.order_by("amount").values_list("amount")),
    ),
    "usage": lambda: list(UsageDaily.objects.values_list("value")),
    "surveys": lambda: list(SurveyResponse.objects.values_list("score")),
    "tickets": lambda: list(Ticket.objects.values_list("status")),
}


def undo(batch):
    return services.undo_import(batch, by=None, as_of=LATER)


def noted():
    return list(ChangedAccount.objects.values_list("account__external_id", flat=True))


@pytest.mark.parametrize("kind", FILES)
def test_rows_that_changed_are_as_before_and_their_accounts_are_scored_again(acme, kind):
    make.account(external_id="a")
    make.account(external_id="b")
    first, second = FILES[kind]
    bring_in(first, kind=kind)
    before = WRITTEN[kind]()
    batch = bring_in(second, kind=kind, as_of=MORNING + timedelta(days=1))
    assert WRITTEN[kind]() != before
    ChangedAccount.objects.all().delete()
    undo(batch)
    assert WRITTEN[kind]() == before
    assert noted() == ["a"]
    assert [each.name for each in INVARIANTS if list(each.violations())] == []


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "accounts"])
def test_accounts_whose_rows_left_are_scored_again(acme, kind):
    make.account(external_id="a")
    batch = bring_in(FILES[kind][0], kind=kind)
    ChangedAccount.objects.all().delete()
    undo(batch)
    assert noted() == ["a"]


def test_owners_over_time_follow_when_an_owner_is_put_back(acme):
    ada, ben = cast.ada(), cast.ben()
    bring_in(f"external id,name,owner\n1,One,{ada.email}\n")
    batch = bring_in(f"external id,owner\n1,{ben.email}\n", as_of=MORNING + timedelta(days=1))
    assert Ownership.objects.get(until=None).user == ben
    undo(batch)
    assert Ownership.objects.get(until=None).user == ada
    assert list(Ownership.objects.order_by("since").values_list("user", "until")) == [
        (ada.pk, MORNING + timedelta(days=1)),
        (ben.pk, LATER),
        (ada.pk, None),
    ]


def test_stock_runs_out_as_it_would_without_the_orders_taken_back(acme):
    make.account(external_id="a")
    header, *_lines = ORDERS.splitlines()
    days = [f"o{month},a,2026-0{month}-05,P-1,Paper,10,2.50,,EUR" for month in range(1, 7)]
    bring_in("\n".join([header, *days, ""]), kind="orders")
    facts.refresh_replenishments(as_of=MORNING)
    before = Replenishment.objects.values_list("order_count", "runs_out_on").get()
    batch = bring_in(f"{header}\no9,a,2026-07-05,P-1,Paper,500,2.50,,EUR\n", kind="orders")
    facts.refresh_replenishments(as_of=MORNING)
    assert Replenishment.objects.values_list("order_count", "runs_out_on").get() != before
    undo(batch)
    assert Replenishment.objects.values_list("order_count", "runs_out_on").get() == before


def test_people_go_back_to_the_role_they_had_and_the_history_says_so(acme):
    make.account(external_id="a")
    bring_in("id,account,name,role\np,a,Pia,champion\n", kind="contacts")
    batch = bring_in("id,account,role,left on\np,a,sponsor,2026-11-20\n", kind="contacts")
    undo(batch)
    assert Contact.objects.values_list("role", "left_on").get() == ("champion", None)
    assert RoleChange.objects.order_by("recorded_at", "occurred_on").values_list("from_role", "to_role").last() == (
        "",
        "champion",
    )


def test_people_that_a_file_added_have_left_because_their_history_stays(acme):
    make.account(external_id="a")
    batch = bring_in(FILES["contacts"][0], kind="contacts")
    assert undo(batch).undone["total"] == {"history": 1}
    assert Contact.objects.values_list("left_on", flat=True).get() == LATER.date()
    assert RoleChange.objects.order_by("recorded_at").values_list("from_role", "to_role").last() == ("user", "")


def test_a_contract_and_the_one_it_ends_together_with_leave_together(acme):
    make.account(external_id="a")
    text = "contract id,account,start,end,currency,co term\nmain,a,2026-01-01,2027-01-01,EUR,\nside,a,2026-02-01,,EUR,main\n"
    batch = bring_in(text, kind="contracts")
    assert Contract.objects.count() == 2
    assert undo(batch).undone["total"] == {"removed": 2}


def test_orders_with_lines_leave_in_whole(acme):
    make.account(external_id="a")
    assert undo(bring_in(ORDERS, kind="orders")).undone["total"] == {"removed": 2}
    assert not Order.objects.exists()
    assert Decimal(0) == sum(Order.objects.values_list("amount", flat=True))
