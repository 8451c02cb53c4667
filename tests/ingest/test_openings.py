"""The revenue of accounts that a file adds is opened at once, and rows that say what is there are passed over: both come to what the long way comes to."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.ingest.bulk import take_rows
from accounts.ingest.sql import accounts as statements
from accounts.invariants import INVARIANTS
from accounts.models import Account, AccountRevenue, Contract, ContractLine, Renewal, RevenueMovement
from accounts.services import refresh_renewals
from cshub.audit.models import AuditEvent
from tests.ingest.files import MORNING, bring_in, counts, problems
from tests.ingest.test_undoing import undo

LATER = MORNING + timedelta(days=1)
HEADER = "external id,name,segment,customer since,annual revenue,currency,term,renewal date,status,churn date\n"
ROWS = (
    ",Large,2026-03-01,1200,EUR,12,2027-03-01,,\n",
    ",Large,2026-03-01,1200.50,USD,,,,\n",
    ",Small,,80,,24,,,\n",
    ",Small,2025-01-31,80.005,,12,2026-06-30,,\n",
    ",,2026-03-01,0,EUR,12,2027-03-01,,\n",
    ",,2026-03-01,,,,,,\n",
    ",,2026-03-01,500,EUR,12,,churned,2026-09-01\n",
)
PAYING = HEADER + "".join(f"{number},Name {number}{rest}" for number, rest in enumerate(ROWS, start=1))


def money_now():
    """What accounts pay, without keys and without the times of writing."""
    whose, line = "account__external_id", "line__external_id"
    terms = ("external_id", whose, "name", "starts_on", "ends_on", "term_months", "currency", "auto_renews", "status")
    return [
        list(rows)
        for rows in (
            Contract.objects.order_by("external_id").values_list(*terms),
            ContractLine.objects.order_by("external_id").values_list("external_id", "contract__external_id", "arr"),
            RevenueMovement.objects.order_by(line, "occurred_on", "-amount").values_list(
                whose, line, "occurred_on", "kind", "amount", "currency", "source_ref"
            ),
            AccountRevenue.objects.order_by(whose).values_list(whose, "arr", "currency", "next_renewal_on"),
            Renewal.objects.order_by(whose, "due_on").values_list(
                whose, "contract__external_id", "due_on", "notice_by", "arr_due", "currency"
            ),
        )
    ]


def broken():
    return [invariant.name for invariant in INVARIANTS if list(invariant.violations())]


def test_what_is_opened_at_once_is_what_contracts_lines_and_renewals_come_to_one_after_the_other(acme, inside):
    batch = bring_in(PAYING)
    assert counts(batch) == (7, 0, 0, 0)
    at_once = money_now()
    assert refresh_renewals(as_of=MORNING) == 0, "renewals are there already"
    assert broken() == []
    with inside("globex"):
        bring_in("external id,name\n" + "".join(f"{number},Known\n" for number in range(1, 8)))
        assert counts(bring_in(PAYING)) == (0, 7, 0, 0)
        assert money_now() == at_once


def test_it_is_told_in_the_audit_as_ever(acme):
    bring_in(PAYING)
    told = list(AuditEvent.objects.filter(verb__in=("contracts.recorded", "revenue.revised")).order_by("seq"))
    assert sum(event.after["count"] for event in told if event.verb == "contracts.recorded") == 6
    assert sum(event.after["movements"] for event in told if event.verb == "revenue.revised") == 6
    assert {name for event in told for name in event.after["contracts"]} == {f"{n}:main" for n in (1, 2, 3, 4, 5, 7)}


def test_an_account_that_somebody_else_adds_at_the_same_moment_gets_its_revenue_and_stays_theirs(acme, monkeypatch):
    asked = statements.to_write

    def slower():
        found = asked()
        Account.objects.create(external_id="1", name="Quicker")
        return found

    monkeypatch.setattr(statements, "to_write", slower)
    batch = bring_in(PAYING)
    monkeypatch.undo()
    assert Account.objects.get(external_id="1").name == "Quicker"
    assert AccountRevenue.objects.get(account__external_id="1").arr == Decimal(1200)
    assert Renewal.objects.filter(account__external_id="1").count() == 1
    assert broken() == []
    undo(batch)
    assert Account.objects.get(external_id="1").status == "active"
    assert AccountRevenue.objects.get(account__external_id="1").arr == 0
    assert broken() == []


def test_a_line_of_that_name_in_another_contract_is_refused_as_ever(acme):
    bring_in("external id,name\nother,Other\n")
    account = Account.objects.get(external_id="other")
    contract = Contract.objects.create(account=account, external_id="c1", starts_on="2026-01-01", currency="EUR")
    ContractLine.objects.create(contract=contract, external_id="1:main:1")
    with pytest.raises(Exception, match="1:main:1"):
        bring_in(HEADER + "1,One,,2026-03-01,1200,EUR,12,2027-03-01,,\n")


SAME = "1,One,Large,2026-03-01,1200,EUR,12,2027-03-01,active,"
CHANGES = (
    "1,Uno,,,,,,,,",
    "1,One,Small,,,,,,,",
    "1,One,Large,2026-03-02,,,,,,",
    "1,One,Large,2026-03-01,1200.01,,,,,",
    "1,One,Large,2026-03-01,0,,,,,",
    "1,One,Large,2026-03-01,1200,EUR,24,,,",
    "1,One,Large,2026-03-01,1200,EUR,24,2027-03-01,,",
    "1,One,Large,2026-03-01,1200,EUR,12,2027-04-01,,",
    "1,One,,,,,,2027-04-01,,",
    "1,One,,,,,,,churned,",
    "1,One,,,,,,,,2026-10-01",
    "1,One,,,,,,,onboarding,",
)


@pytest.mark.parametrize(
    "row", [SAME, "1,One,,,,,,,,", "1,,,,1200,,,,,", "1,,Large,,,,12,2027-03-01,,", "1,,,2026-03-01,,EUR,12,,,"]
)
def test_a_row_that_says_what_is_there_changes_nothing(acme, row):
    bring_in(HEADER + SAME + "\n")
    before = money_now()
    assert counts(bring_in(HEADER + row + "\n", as_of=LATER)) == (0, 0, 1, 0)
    assert money_now() == before


@pytest.mark.parametrize("row", CHANGES)
def test_a_row_that_says_anything_else_is_not_passed_over(acme, row):
    bring_in(HEADER + SAME + "\n")
    assert counts(bring_in(HEADER + row + "\n", as_of=LATER)) == (0, 1, 0, 0)
    assert counts(bring_in(HEADER + row + "\n", as_of=LATER)) == (0, 0, 1, 0)
    assert broken() == []


def test_a_row_in_another_currency_is_at_fault_even_where_all_else_is_the_same(acme):
    bring_in(HEADER + SAME + "\n")
    batch = bring_in(HEADER + SAME.replace("EUR", "USD") + "\n", as_of=LATER)
    assert counts(batch) == (0, 0, 0, 1)
    assert problems(batch)[0][1:3] == ("currency", "USD")


@pytest.mark.parametrize(
    ("header", "value"),
    [("lifecycle stage", "growth"), ("region", "North"), ("website", "one.example"), ("parent id", "2")],
)
def test_what_is_told_beside_money_is_not_passed_over(acme, header, value):
    bring_in(HEADER + SAME + "\n2,Two,,,,,,,,\n")
    told = f"external id,{header},annual revenue\n1,{value},1200\n"
    assert counts(bring_in(told, as_of=LATER)) == (0, 1, 0, 0)
    assert counts(bring_in(told, as_of=LATER)) == (0, 0, 1, 0)


def test_a_row_of_a_merged_account_is_at_fault_even_where_it_says_what_is_there(acme):
    bring_in("external id,name,region\n1,One,North\n2,Two,\n")
    survivor = Account.objects.get(external_id="2")
    Account.objects.filter(external_id="1").update(status="merged", merged_into=survivor)
    assert counts(bring_in("external id,name,region\n1,One,North\n", as_of=LATER)) == (0, 0, 0, 1)


def test_rows_that_move_the_terms_of_an_account_have_its_renewal_follow(acme):
    row = {"external_id": "1", "name": "One", "customer_since_on": "2026-03-01", "currency": "EUR"}
    for amount, end in (("1200.00", "2027-03-01"), ("1500.00", "2027-04-01")):
        told = row | {"annual_revenue": amount, "contract_term_months": 12, "renewal_on": end}
        assert take_rows("accounts", [told], by=None, as_of=MORNING)[0].errors == ()
        assert [(f"{each.due_on}", f"{each.arr_due}") for each in Renewal.objects.all()] == [(end, amount)]
        assert f"{AccountRevenue.objects.get().next_renewal_on}" == end
