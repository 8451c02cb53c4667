"""What an account agreed to, bought and paid, on its own page; changes of lines and rates through forms."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts import services
from accounts.models import Contract, ContractLine, ExchangeRate, RevenueMovement
from accounts.services import NewInvoice, NewOrder, OrderItem
from tests import cast
from tests.accounts import make

DAY = timedelta(days=1)


@pytest.fixture
def today(acme):
    return cast.clock().date()


def customer(today, orders=3):
    """A customer with a contract that renews by itself, orders of paper and an invoice nobody paid."""
    as_of = cast.clock()
    contract = make.contract(
        starts_on=today - 400 * DAY,
        ends_on=today + 600 * DAY,
        auto_renews=True,
        notice_days=90,
        escalator_percent=Decimal(3),
    )
    ContractLine.objects.update(quantity=10)
    paper = services.record_product(external_id="paper", name="Paper", unit="box", by=None, as_of=as_of)
    for number in range(orders):
        lines = [OrderItem(paper, Decimal(4), Decimal(80))]
        given = NewOrder(contract.account, f"o-{number}", today - (70 - 30 * number) * DAY, "EUR", lines=lines)
        services.record_order(given, by=None, as_of=as_of)
    bill = NewInvoice(contract.account, "i-1", today - 50 * DAY, today - 20 * DAY, Decimal(900), "EUR", contract)
    services.record_invoice(bill, by=None, as_of=as_of)
    services.refresh_replenishments(as_of=as_of)
    return contract


def page(client, contract):
    return client.get(reverse("account_commerce", args=[contract.account_id])).content.decode()


def test_the_page_says_terms_stock_and_what_is_unpaid(client, today):
    contract = customer(today)
    client.force_login(cast.ada())
    shown = page(client, contract)
    for words in (
        "renews by itself",
        "Paper",
        "Runs out on",
        "Overdue, 20 days late",
        "1 overdue",
        "unknown until two full",
    ):
        assert words in shown
    assert "Contracts and orders" in client.get(reverse("account", args=[contract.account_id])).content.decode()


def test_two_orders_say_unknown(client, today):
    contract = customer(today, orders=2)
    client.force_login(cast.ada())
    assert "Unknown: fewer than three orders" in page(client, contract)


def test_the_page_asks_as_often_for_many_orders_as_for_few(client, today, count_queries):
    contract = customer(today)
    client.force_login(cast.ada())
    page(client, contract)
    few = count_queries(lambda: page(client, contract))
    for number in range(5):
        amount = Decimal(5 + number)
        given = NewOrder(contract.account, f"more-{number}", today, "EUR", amount=amount)
        services.record_order(given, by=None, as_of=cast.clock())
        make.line(contract, arr=50)
    assert count_queries(lambda: page(client, contract)) == few


def test_a_line_is_changed_through_the_form(client, today):
    contract = customer(today)
    client.force_login(cast.ada())
    url = reverse("contract_line_change", args=[contract.account_id, contract.pk])
    line = contract.lines.get()
    refused = client.post(url, {"line": line.pk, "occurred_on": today + DAY, "quantity": "12", "save": "1"})
    assert (refused.status_code, "still to come" in refused.content.decode()) == (422, True)
    answer = client.post(url, {"line": line.pk, "occurred_on": today, "quantity": "12", "save": "1"})
    assert answer["Location"] == reverse("account_commerce", args=[contract.account_id])
    assert RevenueMovement.objects.filter(kind="expansion").get().occurred_on == today


def test_a_notice_is_noted_through_the_form(client, today):
    contract = customer(today)
    client.force_login(cast.ada())
    url = reverse("contract_notice", args=[contract.account_id, contract.pk])
    assert client.post(url, {"notified_on": today}).status_code == 302
    assert not Contract.objects.get().auto_renews
    assert client.post(url, {"notified_on": today}).status_code == 422


def form_of(client, name, contract):
    return reverse(name, args=[contract.account_id, contract.pk])


def test_an_escalator_is_shown_before_it_is_agreed_and_ended_again(client, today):
    contract = customer(today)
    client.force_login(cast.ada())
    url = form_of(client, "contract_escalator", contract)
    assert url in page(client, contract)
    wrong = client.post(url, {"escalator_percent": "400"})
    assert (wrong.status_code, "Give a percentage" in wrong.context["form"].errors["escalator_percent"][0]) == (
        422,
        True,
    )
    looked = client.post(url, {"escalator_percent": "5"})
    shown = looked.context["shown"]
    assert [(each.before, each.after) for each in shown.prices] == [(Decimal(12_000), Decimal(12_600))]
    assert "Nothing is saved yet" in looked.content.decode()
    assert Contract.objects.get().escalator_percent == 3
    unseen = client.post(url, {"escalator_percent": "6", "seen": shown.digest, "save": "1"})
    assert "This is not what you looked at" in unseen.content.decode()
    assert client.post(url, {"escalator_percent": "5", "seen": shown.digest, "save": "1"}).status_code == 302
    assert Contract.objects.get().escalator_percent == 5
    ended = client.post(url, {"escalator_percent": ""}).context["shown"]
    assert [(each.before, each.after) for each in ended.prices] == [(Decimal(12_000), Decimal(12_000))]
    client.post(url, {"escalator_percent": "", "seen": ended.digest, "save": "1"})
    assert Contract.objects.get().escalator_percent is None


def test_an_escalator_whose_anniversary_has_come_shows_the_movement_it_books(client, today):
    contract = make.contract(
        starts_on=today - 730 * DAY, ends_on=today + 600 * DAY, recorded_at=cast.clock() - 700 * DAY
    )
    client.force_login(cast.ada())
    url = form_of(client, "contract_escalator", contract)
    shown = client.post(url, {"escalator_percent": "10"}).context["shown"]
    assert [(each.kind, each.amount) for each in shown.movements] == [("price", Decimal(1200))]
    assert not RevenueMovement.objects.filter(kind="price").exists()
    client.post(url, {"escalator_percent": "10", "seen": shown.digest, "save": "1"})
    assert RevenueMovement.objects.get(kind="price").amount == 1200


def test_two_contracts_end_together_after_what_moves_was_shown(client, today):
    main = customer(today)
    add_on = make.contract(main.account, starts_on=today - 30 * DAY, ends_on=today + 235 * DAY, arr=7300)
    services.refresh_renewals(as_of=cast.clock())
    client.force_login(cast.ada())
    url = form_of(client, "contract_co_term", add_on)
    looked = client.post(url, {"co_term_with": main.pk})
    (end,) = looked.context["shown"].ends
    assert (end.before, end.after, end.days, end.worth) == (add_on.ends_on, main.ends_on, 365, Decimal(7300))
    (renewal,) = looked.context["shown"].renewals
    assert (renewal.before, renewal.after, renewal.arr_after) == (add_on.ends_on, main.ends_on, 7300)
    assert "No revenue moves now" in looked.content.decode()
    assert (
        client.post(url, {"co_term_with": main.pk, "seen": looked.context["shown"].digest, "save": "1"}).status_code
        == 302
    )
    add_on.refresh_from_db()
    assert (add_on.co_term_with, add_on.ends_on) == (main, main.ends_on)
    assert "ends together with" in page(client, main)
    other = client.post(form_of(client, "contract_co_term", main), {"co_term_with": add_on.pk})
    assert "ends together with another contract itself" in other.context["form"].errors["co_term_with"][0]
    alone = client.post(url, {"co_term_with": ""}).context["shown"]
    client.post(url, {"co_term_with": "", "seen": alone.digest, "save": "1"})
    assert Contract.objects.get(pk=add_on.pk).co_term_with is None


def test_a_change_of_a_line_can_be_looked_at_first(client, today):
    contract = customer(today)
    client.force_login(cast.ada())
    url = form_of(client, "contract_line_change", contract)
    looked = client.post(url, {"line": contract.lines.get().pk, "occurred_on": today, "quantity": "12", "look": "1"})
    assert [(each.kind, each.amount) for each in looked.context["shown"].movements] == [("expansion", Decimal(2400))]
    assert contract.lines.get().arr == 12_000


def test_terms_are_not_for_those_who_only_read(client, today):
    contract = customer(today)
    client.force_login(cast.finn())
    for name in ("contract_escalator", "contract_co_term"):
        assert client.get(form_of(client, name, contract)).status_code == 403
        assert form_of(client, name, contract) not in page(client, contract)


def test_finance_enters_rates_and_others_read_them(client, today):
    client.force_login(cast.finn())
    url = reverse("settings_rates")
    one = {"what": "rate", "currency": "usd", "base": "EUR", "valid_on": "2026-03-01", "rate": "0.92"}
    assert client.post(url, one).status_code == 302
    table = "valid_on;currency;base;rate\n2026-03-01;USD;EUR;0,93\n2026-04-01;PLN;EUR;0,23\n"
    assert client.post(url, {"what": "table", "csv": table}).status_code == 302
    found = ExchangeRate.objects.filter(currency="USD").order_by("recorded_at").values_list("rate", flat=True)
    assert list(found) == [Decimal("0.92"), Decimal("0.93")]
    wrong = client.post(url, {"what": "table", "csv": "valid_on,currency,base,rate\n2026-03-41,USD,EUR,1"})
    assert (wrong.status_code, "is not a date" in wrong.content.decode()) == (422, True)
    client.force_login(cast.ada())
    assert "0.93" in client.get(url).content.decode()
    assert client.post(url, one).status_code == 405


def test_what_was_known_stays_known(acme, as_of):
    rate = services.Rate("EUR", "USD", date(2026, 3, 1), Decimal("0.92"))
    assert services.set_rates([rate], by=None, as_of=as_of) == 1
    assert services.set_rates([rate], by=None, as_of=as_of + DAY) == 0
    corrected = services.Rate("EUR", "USD", date(2026, 3, 1), Decimal("0.95"))
    services.set_rates([corrected], by=None, as_of=as_of + DAY)
    known = [services.known_rates(into="EUR", on=date(2026, 4, 1), as_of=at) for at in (as_of, as_of + DAY)]
    assert known == [{"EUR": 1, "USD": Decimal("0.92")}, {"EUR": 1, "USD": Decimal("0.95")}]
    assert services.known_rates(into="EUR", on=date(2026, 2, 1), as_of=as_of) == {"EUR": 1}
