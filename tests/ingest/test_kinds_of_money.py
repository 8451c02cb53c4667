"""Files of orders, invoices and contracts: what their rows become, and what is wrong with one."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.ingest.services import importing
from accounts.ingest.services.undoing import undo_import
from accounts.models import Contract, Invoice, Order, Payment, Product
from tests.accounts import make
from tests.ingest.files import INVOICES, MORNING, ORDERS, bring_in, counts, problems


@pytest.fixture
def account(acme):
    return make.account(external_id="a", name="Northwind")


def test_rows_of_one_order_are_its_lines(account):
    bring_in(ORDERS, kind="orders")
    first, second = Order.objects.order_by("external_id")
    assert (first.amount, first.currency, second.amount) == (Decimal("44.99"), "EUR", Decimal("10.00"))
    assert [
        (line.number, line.product.name, line.quantity, line.amount) for line in first.lines.order_by("number")
    ] == [
        (1, "Paper", 10, Decimal("25.00")),
        (2, "Ink", 1, Decimal("19.99")),
    ]
    assert Product.objects.count() == 2
    changed = ORDERS.replace("19.99", "29.99").replace("o2,a,2026-02-05", "o2,a,2026-02-06")
    assert counts(bring_in(changed, kind="orders")) == (0, 2, 1, 0)
    assert Order.objects.get(external_id="o1").amount == Decimal("54.99")
    assert Order.objects.get(external_id="o2").ordered_on == date(2026, 2, 6)


def test_lines_are_numbered_over_the_turns_of_a_file(account, monkeypatch):
    monkeypatch.setattr(importing, "ROWS_A_TURN", 2)
    text = "order id,customer,order date,sku,amount\n" + "".join(f"o1,a,2026-01-05,P-{n},1.10\n" for n in range(5))
    assert counts(bring_in(text, kind="orders")) == (5, 0, 0, 0)
    assert Order.objects.get().amount == Decimal("5.50")
    assert list(Order.objects.get().lines.order_by("number").values_list("number", "product__external_id")) == [
        (n + 1, f"P-{n}") for n in range(5)
    ]
    assert counts(bring_in(text, kind="orders")) == (0, 0, 5, 0)


def test_an_order_without_products_is_one_amount(account):
    text = "order id,customer,order date,amount,status\no1,a,2026-01-05,12.50,\no2,a,2026-01-05,3,canceled\n"
    assert counts(bring_in(text, kind="orders")) == (2, 0, 0, 0)
    assert counts(bring_in(text.replace("12.50", "13"), kind="orders")) == (0, 1, 1, 0)
    assert list(Order.objects.order_by("external_id").values_list("amount", "status")) == [
        (13, "placed"),
        (3, "cancelled"),
    ]


def test_what_is_wrong_with_an_order_is_said(account):
    bring_in(ORDERS, kind="orders")
    make.account(external_id="b")
    text = (
        "order id,customer,order date,sku,qty,amount,currency\n"
        "o5,a,2026-01-05,P-1,1,5,EUR\no5,a,2026-01-06,P-1,1,5,EUR\n"
        "o6,a,2026-01-05,P-1,1,5,EUR\no6,a,2026-01-05,P-1,1,5,USD\n"
        "o7,a,2026-01-05,P-1,0,5,EUR\n"
        "o8,a,2026-01-05,,1,,EUR\n"
        "o1,b,2026-01-05,P-1,1,5,EUR\n"
        "o2,a,2026-02-05,,1,77,EUR\n"
        "o9,a,2026-12-24,,1,5,EUR\n"
        "o10,a,2026-01-05,,1,5,EUX\n"
        "o11,a,2026-01-05,P-1,1,,EUR\n"
    )
    assert {row: problem for row, _column, _value, problem in problems(bring_in(text, kind="orders"))} == {
        3: "Row 2 gives order “o5” another account or day. Give all its rows the same, or another ID.",
        5: "Row 4 gives order “o6” another currency than USD. Keep one.",
        6: "A line needs a quantity of more than 0. Correct it, or leave the cell empty.",
        7: "This order has neither an amount nor a product. Fill one of them in.",
        8: f"This order belongs to another account than {make.Account.objects.get(external_id='b').name}. Use another external ID.",
        9: "Order “o2” has 1 lines that add up to 10.00. Leave the amount empty, or name the product.",
        10: "2026-12-24 is still to come. Give the day on which it happened.",
        11: "There is no currency “EUX”. Use its code of ISO 4217, such as EUR.",
        12: "A line needs an amount, or the price of one. Fill one of them in.",
    }


def test_invoices_are_paid_by_the_row_that_says_so(account):
    bring_in(INVOICES, kind="invoices")
    assert list(Payment.objects.order_by("external_id").values_list("invoice__external_id", "paid_on", "amount")) == [
        ("i1", date(2026, 2, 2), Decimal("1200.50")),
        ("i3", date(2026, 3, 5), Decimal("-20.00")),
    ]
    assert Invoice.objects.get(external_id="i3").due_on == date(2026, 3, 1)
    paid = INVOICES.replace("100,EUR,,", "100,EUR,2026-03-02,60").replace("2026-02-02", "2026-02-03")
    assert counts(bring_in(paid, kind="invoices")) == (0, 2, 1, 0)
    assert Payment.objects.get(invoice__external_id="i2").amount == 60
    assert Payment.objects.get(invoice__external_id="i1").paid_on == date(2026, 2, 3)


def test_what_is_wrong_with_an_invoice_is_said(account):
    bring_in(INVOICES, kind="invoices")
    Payment.objects.create(
        invoice=Invoice.objects.get(external_id="i2"), external_id="bank-1", paid_on=date(2026, 3, 1), amount=30
    )
    other = make.contract(make.account(external_id="b"), external_id="k-b")
    assert other.currency == "EUR"
    text = (
        "invoice,customer,contract,invoice date,due date,total,currency,paid on,paid amount\n"
        "i5,a,,2026-02-01,2026-01-01,5,EUR,,\ni6,a,none,2026-02-01,,5,EUR,,\ni7,a,k-b,2026-02-01,,5,EUR,,\n"
        "i8,a,,2026-02-01,,5,EUR,,5\ni9,a,,2026-02-01,,0,EUR,2026-02-02,\ni2,a,,2026-02-01,2026-03-01,100,EUR,2026-03-01,100\n"
        "i10,a,,2026-02-01,,5 USD,EUR,,\ni11,a,,2026-12-24,,5,EUR,,\n"
    )
    assert [problem for *_rest, problem in problems(bring_in(text, kind="invoices"))] == [
        "The invoice is due on 2026-01-01, before it was issued on 2026-02-01. Correct one of the dates.",
        "There is no contract “none”. Import the contract first, or leave the cell empty.",
        "Contract “k-b” belongs to another account than Northwind. Choose one of this account, or none.",
        "Something was paid, and nothing says when. Give the day.",
        "A payment of 0 is none. Leave the day of payment empty.",
        "The payments of this invoice are recorded one by one and add up to 30.00. Leave the day of payment empty here.",
        "The amount is in USD, and the currency column says EUR. Keep one.",
        "2026-12-24 is still to come. Give the day on which it happened.",
    ]


def test_contracts_bring_escalators_and_end_together(account):
    text = (
        "contract id,account,start,end,arr,currency,escalator,co-term,notice\n"
        "k2,a,2026-06-01,,600,EUR,,k1,\n"
        "k1,a,2026-01-01,2027-01-01,1200,EUR,3.5,,30\n"
    )
    assert counts(bring_in(text, kind="contracts")) == (2, 0, 0, 0)
    assert counts(bring_in(text, kind="contracts")) == (0, 0, 2, 0)
    main, follower = Contract.objects.order_by("external_id")
    assert (main.escalator_percent, follower.co_term_with, follower.ends_on) == (
        Decimal("3.500"),
        main,
        date(2027, 1, 1),
    )
    longer = "contract id,account,start,end\nk1,a,2026-01-01,2028-01-01\n"
    assert counts(bring_in(longer, kind="contracts")) == (0, 1, 0, 0)
    follower.refresh_from_db()
    assert follower.ends_on == date(2028, 1, 1)


def test_what_is_wrong_with_a_contract_is_said(account):
    make.contract(make.account(external_id="b"), external_id="k-b")
    text = (
        "contract id,account,start,end,arr,currency,escalator,co-term\n"
        "k1,a,2026-01-01,2027-01-01,1,EUR,,k9\nk2,a,2026-01-01,,1,EUR,,k-b\nk3,a,2026-01-01,2027-01-01,1,EUR,400,\n"
        "k4,a,2026-01-01,2025-01-01,1,EUR,,\nk5,a,2026-01-01,2027-01-01,1,EUR,,\nk6,a,2026-01-01,2027-06-01,1,EUR,,k5\n"
        "k7,a,2026-01-01,2027-01-01,1,XQZ,,\n"
    )
    assert [problem for *_rest, problem in problems(bring_in(text, kind="contracts"))] == [
        "There is no contract “k9” to end together with. Import it first, or leave the cell empty.",
        "Contract “k-b” belongs to another account than Northwind. Choose one of this account.",
        "A price that changes by 400 percent a year cannot be. Give a number from -50 to 100.",
        "The contract ends on 2025-01-01 and starts on 2026-01-01. Give an end after the start.",
        "This contract ends together with “k5”, on 2027-01-01. Leave the end empty, or change it there.",
        "There is no currency “XQZ”. Use its code of ISO 4217, such as EUR.",
    ]


def test_an_import_of_orders_is_undone(account):
    bring_in(ORDERS, kind="orders")
    batch = bring_in(
        ORDERS.replace("19.99", "29.99").replace("o2,", "o3,"), kind="orders", as_of=MORNING + timedelta(days=1)
    )
    assert counts(batch) == (1, 1, 1, 0)
    undo_import(batch, by=None, as_of=MORNING + timedelta(days=2))
    assert list(Order.objects.order_by("external_id").values_list("external_id", "amount")) == [
        ("o1", Decimal("44.99")),
        ("o2", Decimal("10.00")),
    ]
    assert Order.objects.get(external_id="o1").lines.get(number=2).amount == Decimal("19.99")
