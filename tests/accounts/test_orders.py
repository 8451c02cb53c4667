"""Orders, invoices and payments: recorded once, added up, and what they say about when stock runs out."""

import math
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import services
from accounts.engine import run_out, seasonal_index
from accounts.models import ChangedAccount, Invoice, Order, Product, Replenishment
from accounts.services import NewInvoice, NewOrder, OrderItem
from accounts.services.refusals import ExternalIdTaken, UnusableInvoice, UnusableOrder
from tests.accounts import make

START = date(2026, 1, 5)
DAY = timedelta(days=1)


@pytest.fixture
def paper(acme, as_of):
    return services.record_product(external_id="paper", name="Paper", unit="box", by=None, as_of=as_of)


def ordered(account, key, day, as_of, *, lines=(), amount=None, currency="EUR"):
    return services.record_order(
        NewOrder(account, key, day, currency, amount=amount, lines=lines), by=None, as_of=as_of
    )


def item(product, quantity, amount="10.00"):
    return OrderItem(product, Decimal(quantity), Decimal(amount))


def test_an_order_is_worth_the_sum_of_its_lines(paper, as_of):
    account = make.account()
    order = ordered(account, "o-1", START, as_of, lines=[item(paper, 2), item(paper, "0.5", "2.55")])
    assert Order.objects.get().amount == Decimal("12.55")
    assert list(order.lines.values_list("number", "quantity")) == [(1, 2), (2, Decimal("0.5"))]
    assert ChangedAccount.objects.filter(account=account).exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"amount": Decimal(11)}, "lines add up to 10.00"),
        ({"currency": "XXQ"}, "not a currency"),
        ({"day": date(2027, 5, 1)}, "still to come"),
        ({"quantity": "0"}, "quantity of more than 0"),
        ({"quantity": "NaN"}, "quantity of more than 0"),
        ({"line_amount": "1.005"}, "whole cents"),
    ],
)
def test_an_order_that_cannot_be_is_refused_whole(paper, as_of, fields, sentence):
    fields = dict(fields)
    line = item(paper, fields.pop("quantity", "1"), fields.pop("line_amount", "10.00"))
    with pytest.raises(UnusableOrder, match=sentence):
        ordered(make.account(), "o-1", fields.pop("day", START), as_of, lines=[line], **fields)
    assert not Order.objects.exists()


def test_an_order_without_lines_says_its_amount(acme, as_of):
    with pytest.raises(UnusableOrder, match="Give the amount of the order"):
        ordered(make.account(), "o-1", START, as_of)
    ordered(make.account(), "o-1", START, as_of, amount=Decimal(5))
    with pytest.raises(ExternalIdTaken):
        ordered(make.account(), "o-1", START, as_of, amount=Decimal(5))


def billed(account, as_of, key="i-1", amount="100.00", **fields):
    given = {"issued_on": START, "due_on": START + 30 * DAY, "currency": "EUR", **fields}
    return services.record_invoice(
        NewInvoice(account=account, external_id=key, amount=Decimal(amount), **given), by=None, as_of=as_of
    )


def paid(invoice, key, day, amount, as_of):
    return services.record_payment(invoice, external_id=key, paid_on=day, amount=Decimal(amount), by=None, as_of=as_of)


def state(as_of):
    found = Invoice.objects.with_state(as_of).get()
    return found.state, services.days_late(found, as_of=as_of)


def test_an_invoice_is_paid_when_its_payments_reach_it(acme, as_of):
    invoice = billed(make.account(), as_of)
    assert state(as_of) == ("overdue", (as_of.date() - START - 30 * DAY).days)
    paid(invoice, "p-1", START + 20 * DAY, "60.00", as_of)
    assert state(as_of)[0] == "overdue"
    paid(invoice, "p-2", START + 37 * DAY, "40.00", as_of)
    assert state(as_of) == ("paid", 7)
    assert state(as_of - DAY)[0] == "overdue"  # nobody knew of the payments then


def test_a_payment_that_went_back_leaves_it_open(acme, as_of):
    invoice = billed(make.account(), as_of, due_on=as_of.date() + 5 * DAY)
    paid(invoice, "p-1", START, "100.00", as_of)
    paid(invoice, "p-2", START, "-100.00", as_of)
    assert state(as_of) == ("open", 0)


def test_invoices_that_cannot_be_are_refused(acme, as_of):
    contract = make.contract()
    with pytest.raises(UnusableInvoice, match="belongs to another account"):
        billed(make.account(), as_of, contract=contract)
    with pytest.raises(UnusableInvoice, match="Bill it in that currency"):
        billed(contract.account, as_of, contract=contract, currency="USD")
    with pytest.raises(UnusableInvoice, match="before it was issued"):
        billed(contract.account, as_of, due_on=START - DAY)
    with pytest.raises(UnusableInvoice, match="payment of 0"):
        paid(billed(contract.account, as_of), "p", START, "0", as_of)


def stock(account, product, as_of, days):
    """days: (offset, quantity) pairs."""
    for offset, quantity in days:
        ordered(
            account,
            f"{account.external_id}:{product.external_id}:{offset}",
            START + offset * DAY,
            as_of,
            lines=[item(product, quantity)],
        )


def test_stock_that_is_bought_every_thirty_days_runs_out_after_thirty(paper, as_of):
    account = make.account()
    stock(account, paper, as_of, [(0, 10), (30, 10), (60, 10)])
    assert services.refresh_replenishments(as_of=as_of) == 1
    found = Replenishment.objects.get()
    assert (found.order_count, found.typical_days, found.runs_out_on) == (3, 30, START + 90 * DAY)
    assert found.runs_out_from <= found.runs_out_on <= found.runs_out_until


def test_half_as_much_lasts_half_as_long(paper, as_of):
    stock(make.account(), paper, as_of, [(0, 10), (30, 10), (60, 5)])
    services.refresh_replenishments(as_of=as_of)
    assert Replenishment.objects.get().runs_out_on == START + 75 * DAY


def test_two_orders_say_nothing_yet(paper, as_of):
    stock(make.account(), paper, as_of, [(0, 10), (30, 10)])
    services.refresh_replenishments(as_of=as_of)
    found = Replenishment.objects.get()
    assert (found.order_count, found.runs_out_on, found.runs_out_until) == (2, None, None)


def test_only_accounts_whose_orders_changed_are_told_anew(paper, as_of):
    account, other = make.account(), make.account()
    for each in (account, other):
        stock(each, paper, as_of, [(0, 10), (30, 10), (60, 10)])
    assert services.refresh_replenishments(as_of=as_of) == 2
    assert services.refresh_replenishments(as_of=as_of) == 0
    later = as_of + timedelta(hours=5)
    stock(account, paper, later, [(80, 10)])
    assert services.refresh_replenishments(as_of=later) == 1
    assert Replenishment.objects.get(account=account).order_count == 4
    assert Replenishment.objects.get(account=other).computed_at == as_of


def test_a_canceled_order_is_no_stock(paper, as_of):
    stock(make.account(), paper, as_of, [(0, 10), (30, 10), (60, 10)])
    services.refresh_replenishments(as_of=as_of)
    services.cancel_order(Order.objects.latest("ordered_on"), by=None, as_of=as_of + DAY)
    services.refresh_replenishments(as_of=as_of + DAY)
    assert Replenishment.objects.get().runs_out_on is None
    with pytest.raises(UnusableOrder, match="canceled already"):
        services.cancel_order(Order.objects.latest("ordered_on"), by=None, as_of=as_of + DAY)


def test_orders_that_are_gone_leave_no_date_behind(paper, as_of):
    stock(make.account(), paper, as_of, [(0, 10), (30, 10), (60, 10)])
    services.refresh_replenishments(as_of=as_of)
    Order.objects.all().delete()
    assert services.refresh_replenishments(as_of=as_of) == 1
    assert not Replenishment.objects.exists()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(
        st.tuples(st.integers(0, 300), st.decimals("0.01", 10_000, places=2)),
        min_size=1,
        max_size=8,
        unique_by=lambda each: each[0],
    )
)
def test_the_statement_computes_what_the_engine_says(paper, as_of, days):
    account, days = make.account(), sorted(days)
    stock(account, paper, as_of, days)
    services.refresh_replenishments(accounts=[account.pk], as_of=as_of)
    found = Replenishment.objects.get(account=account)
    said = run_out([(START + offset * DAY, float(quantity)) for offset, quantity in days])
    stored = (found.runs_out_on, found.runs_out_from, found.runs_out_until)
    if said is None:
        assert stored == (None, None, None)
    else:
        for one, other in zip(stored, (said.on, said.earliest, said.latest), strict=True):
            assert (one is None) == (other is None)
            assert one is None or abs(one - other) <= DAY  # both round, from sums in another order


def test_the_statements_do_not_grow_with_the_accounts(paper, as_of, count_queries):
    def refresh(count):
        accounts = [make.account() for _ in range(count)]
        for each in accounts:
            stock(each, paper, as_of, [(0, 10), (30, 10), (60, 10)])
        return count_queries(lambda: services.refresh_replenishments(as_of=as_of))

    refresh(1)
    assert refresh(9) == refresh(2)


def test_another_tenant_keeps_its_own(globex, as_of, inside):
    with inside("acme"):
        product = Product.objects.create(external_id="p", name="P")
        stock(make.account(), product, as_of, [(0, 1), (9, 1), (20, 1)])
        services.refresh_replenishments(as_of=as_of)
    assert services.refresh_replenishments(as_of=as_of) == 0
    assert not Replenishment.objects.exists()


def test_seasons_need_two_full_years():
    assert seasonal_index([1.0] * 23) is None
    assert seasonal_index([1.0] * 12 + [0.0] * 12) is None
    index = seasonal_index([7.0] * 3 + ([2.0] + [1.0] * 11) * 2)
    assert index is not None
    assert index[0] == pytest.approx(24 / 13)
    assert math.fsum(index) == pytest.approx(12)


@given(st.lists(st.floats(0, 1e6), min_size=24, max_size=60))
def test_the_months_of_a_year_average_to_one(months):
    index = seasonal_index(months)
    assert index is None or math.fsum(index) / 12 == pytest.approx(1)
