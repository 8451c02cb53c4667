"""Orders, invoices, rates and terms over REST; and the invariants of commerce find what breaks them."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.commerce_invariants import INVARIANTS
from accounts.models import Contract, Order, Product, Replenishment
from tests import cast
from tests.accounts import make

pytestmark = pytest.mark.usefixtures("acme")


def made(answer):
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_orders_are_created_read_filtered_and_canceled(ask):
    ada, account = cast.ada(), make.account()
    product = made(ask(ada, "POST", "products/", {"external_id": "p-1", "name": "Paper", "unit": "box"}))
    line = {"product": product["id"], "quantity": "2.5", "amount": "10.00"}
    body = {
        "account": str(account.pk),
        "external_id": "o-1",
        "ordered_on": "2026-03-01",
        "currency": "EUR",
        "lines": [line],
    }
    order = made(ask(ada, "POST", "orders/", body))
    assert (order["amount"], order["lines"][0]["number"]) == ("10.00", 1)
    assert ask(ada, "POST", "orders/", {**body, "external_id": "o-2", "amount": "11.00"}).status_code == 409
    assert ask(ada, "POST", "orders/", {**body, "external_id": "o-2", "currency": "XQX"}).status_code == 409
    assert len(ask(ada, "GET", "orders/?ordered_on__gte=2026-02-01").json()["data"]) == 1
    assert made(ask(ada, "POST", f"orders/{order['id']}/cancellation/", {}))["status"] == "cancelled"
    assert ask(cast.finn(), "POST", "orders/", body).status_code == 403


def test_invoices_know_their_state(ask):
    ada, account = cast.ada(), make.account()
    body = {
        "account": str(account.pk), "external_id": "i-1", "issued_on": "2026-01-01", "due_on": "2026-01-31",
        "amount": "100.00", "currency": "EUR",
    }  # fmt: skip
    invoice = made(ask(ada, "POST", "invoices/", body))
    assert (invoice["state"], invoice["days_late"] > 200) == ("overdue", True)
    paid = {"invoice": invoice["id"], "external_id": "p-1", "paid_on": "2026-02-05", "amount": "100.00"}
    made(ask(ada, "POST", "payments/", paid))
    shown = ask(ada, "GET", f"invoices/{invoice['id']}/").json()
    assert (shown["state"], shown["paid"], shown["days_late"]) == ("paid", "100.00", 5)
    assert ask(ada, "GET", "invoices/?state=overdue").json()["data"] == []
    assert len(ask(ada, "GET", "payments/").json()["data"]) == 1


def test_a_line_changes_and_a_notice_is_given(ask):
    ada = cast.ada()
    contract = make.contract(starts_on=date(2026, 1, 1), ends_on=date(2030, 1, 1), auto_renews=True)
    line = contract.lines.get()
    url = f"contracts/{contract.pk}/"
    changed = made(
        ask(ada, "POST", f"{url}line_changes/", {"line": line.external_id, "occurred_on": "2026-06-01", "arr": "15000"})
    )
    assert changed["arr"] == "15000.00"
    assert ask(ada, "POST", f"{url}line_changes/", {"line": "none", "occurred_on": "2026-06-01"}).status_code == 400
    assert ask(ada, "PATCH", url, {"escalator_percent": "3.5"}).json()["escalator_percent"] == "3.500"
    assert ask(ada, "PATCH", url, {"currency": "USD"}).status_code == 400
    assert made(ask(ada, "POST", f"{url}notice/", {"notified_on": "2026-06-02"}))["notice_given_on"] == "2026-06-02"
    assert not Contract.objects.get().auto_renews


def test_a_table_of_rates_is_taken_whole_or_not_at_all(ask):
    finn = cast.finn()
    good = "valid_on,currency,base,rate\n2026-01-01,USD,EUR,0.92\n2026-02-01,USD,EUR,0.93\n"
    assert made(ask(finn, "POST", "exchange_rates/file/", {"csv": good}))["count"] == 2
    refused = ask(finn, "POST", "exchange_rates/file/", {"csv": good + "2026-03-01,USX,EUR,1\n2026-03-02,USD,EUR,1\n"})
    assert (refused.status_code, "Row 3: “USX” is not a currency" in refused.content.decode()) == (409, True)
    assert len(ask(finn, "GET", "exchange_rates/").json()["data"]) == 2
    rate = {"base": "EUR", "currency": "USD", "valid_on": "2026-01-01", "rate": "0.95"}
    assert made(ask(finn, "POST", "exchange_rates/", rate))["rate"] == "0.9500000000"
    assert ask(cast.ada(), "POST", "exchange_rates/", rate).status_code == 403


@pytest.mark.parametrize("csv", ["", "a,b", "valid_on,currency,base,rate\n\x00,USD,EUR,1", 'valid_on,currency,base,rate\n"2026', "valid_on,currency,base,rate\n2026-01-01,USD,EUR,NaN", "valid_on,currency,base,rate\n2026-01-01,USD,EUR,1e999999"])  # fmt: skip
def test_a_table_that_is_none_is_refused_with_a_reason(ask, csv):
    assert ask(cast.finn(), "POST", "exchange_rates/file/", {"csv": csv}).status_code in {400, 409}


def test_the_repeat_purchase_rate_says_its_window(ask):
    ada = cast.ada()
    one, two = make.account(), make.account()
    for account, day in ((one, 1), (one, 9), (two, 3)):
        Order.objects.create(
            account=account, external_id=f"{account.pk}:{day}", ordered_on=date(2026, 10, day), amount=5, currency="EUR"
        )
    found = ask(ada, "GET", "buying_figures/?window_days=100").json()
    assert (found["window_days"], found["customers"], found["repeat_purchase_rate"], found["seasons"]) == (
        100,
        2,
        0.5,
        [],
    )
    assert ask(ada, "GET", "buying_figures/?window_days=0").status_code == 400
    assert ask(ada, "GET", "replenishments/").json()["data"] == []


def problems():
    return [problem for invariant in INVARIANTS for problem in invariant.violations()]


def test_each_invariant_finds_what_breaks_it(ask, as_of):
    contract = make.contract()
    beside = make.contract(contract.account, co_term_with=contract)
    Contract.objects.update(updated_at="2026-01-01 00:00+00")
    assert problems() == []
    Contract.objects.filter(pk=beside.pk).update(ends_on=date(2028, 1, 1))
    assert "ends together" in problems()[0]
    Contract.objects.filter(pk=beside.pk).update(ends_on=contract.ends_on)
    line = contract.lines.get()
    for day in (date(2026, 3, 1), date(2026, 4, 1)):
        make.movement(line, amount=Decimal(5), kind="price", occurred_on=day, source_ref=f"escalator:{line.pk}:{day}")
    assert "was raised 2 times in 2026" in problems()[0]
    invoice = contract.invoices.create(
        account=contract.account,
        external_id="i",
        issued_on=date(2026, 1, 1),
        due_on=date(2026, 1, 1),
        amount=1,
        currency="USD",
    )
    assert len(problems()) == 2
    invoice.delete()
    order = Order.objects.create(
        account=contract.account, external_id="o", ordered_on=date(2026, 1, 1), amount=5, currency="EUR"
    )
    product = Product.objects.create(external_id="p", name="P")
    order.lines.create(number=1, product=product, quantity=1, amount=4)
    assert any("Order o says 5.00, and its lines add up to 4.00" in problem for problem in problems())
    Replenishment.objects.create(
        account=contract.account, product=product, order_count=2, last_ordered_on=date(2026, 1, 1), last_quantity=1,
        runs_out_on=date(2026, 2, 1), computed_at=as_of,
    )  # fmt: skip
    assert len(problems()) == 3
