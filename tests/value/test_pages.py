"""Value over HTTP: the block of an account, the portfolio's landscape, the decisions, and REST."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from cshub.users.admin_site import tenant_admin
from health.queries import Narrow
from health.segments.services import refresh_memberships
from health.value import services
from health.value.landscape import landscape_context
from health.value.models import AccountValue, CostRate, SegmentMargin, StrategicMark, ValueTerms
from health.value.queries import landscape
from tests import cast
from tests.segments.make import asks, members, segment
from tests.value import make
from tests.value.make import AS_OF, revalued, subscribed, value_of

pytestmark = pytest.mark.usefixtures("acme")
TERMS = {"what": "terms", "terms-months": "24", "terms-discount": "0.08", "terms-currency": "eur", "terms-high_from": "100000",
         "terms-middle_from": "30000", "terms-valid_from": "2026-01-01"}  # fmt: skip


@pytest.fixture
def browser(client: Any) -> Any:
    client.force_login(cast.grace())
    return client


def valued() -> list[Account]:
    """Four accounts on the four sides of the medians, and one of which nothing is known."""
    make.fit()
    make.rates()
    make.terms()
    accounts = [subscribed(arr) for arr in (6_000, 7_000, 50_000, 60_000)]
    for account, minutes in zip(accounts, (10, 200, 20, 300), strict=True):
        make.worked(account, minutes=minutes)
    unknown = subscribed(0)
    revalued()
    return [*accounts, unknown]


def test_an_account_says_what_it_is_worth_by_which_method_and_why_it_is_in_its_tier(browser):
    account = valued()[3]
    text = browser.get(reverse("account", args=[account.pk])).content.decode()
    assert "Lifetime value over 36 months" in text
    assert "Subscription: survival × margin, discounted" in text
    assert "gross margin 80.0%, discount 10.0% a year" in text
    assert "after serving it" in text
    assert "“High” begins at €20,000" in text
    assert "300 minutes of tickets and contacts" in text


def test_an_account_without_a_value_says_why(browser):
    account = valued()[4]
    text = browser.get(reverse("account", args=[account.pk])).content.decode()
    assert "Cannot tell: the account has neither recurring revenue nor orders." in text
    other = subscribed()
    assert "Nothing has been computed yet" in browser.get(reverse("account", args=[other.pk])).content.decode()


def test_the_landscape_counts_the_four_sides_of_the_medians_and_leads_to_their_accounts(browser):
    valued()
    found = landscape(Narrow())
    assert (found.currency, found.count, found.others, found.unknown) == ("EUR", 4, 0, 1)
    sides = {(each.is_valuable, each.is_costly): (each.count, each.arr) for each in found.quadrants}
    # the median is a value that occurs: two and more accounts reach it
    assert sum(count for count, _arr in sides.values()) == 4
    assert sum(arr for _count, arr in sides.values()) == 123_000
    assert sum(count for _across, _up, count in found.bins) == 4
    drawn = landscape_context(Narrow(), landscape(Narrow()))["landscape"]
    assert len(drawn["dots"]) == len(found.bins)
    nobody = Narrow(segment="Nobody")
    assert landscape_context(nobody, landscape(nobody)) == {"landscape": None}
    for _name, group, url in drawn["rows"]:
        assert url.startswith(reverse("accounts"))
        answer = browser.get(url)
        assert answer.status_code == 200
        rule = json.loads(answer.wsgi_request.GET["rule"])
        assert members(segment(rule)).__len__() == group.count


def test_the_portfolio_shows_the_landscape_of_the_accounts_it_is_narrowed_to(browser):
    accounts = valued()
    text = browser.get(reverse("portfolio")).content.decode()
    assert "Value and cost to serve" in text
    assert "Open group" in text
    assert "1 customer is left out, because value or cost is not known" in text
    chosen = segment(asks("arr", "at_least", 50_000))
    refresh_memberships(as_of=AS_OF)
    assert landscape(Narrow(in_segment=chosen.pk)).count == 2
    Account.objects.filter(pk=accounts[0].pk).update(owner=cast.ada(), segment="SMB")
    assert landscape(Narrow(segment="SMB")).count == 1
    past = browser.get(reverse("portfolio"), {"at": "2026-01-31"}).content.decode()
    assert "Value and cost to serve" not in past


def test_its_queries_do_not_grow_with_accounts():
    valued()
    with CaptureQueriesContext(connection) as few:
        landscape(Narrow())
    assert len(few) == 3


def test_segments_ask_for_value_cost_and_tier():
    low, _costly, _middle, high, unknown = valued()
    everybody = members(segment(asks("clv", "at_least", 0)))
    assert unknown.name not in everybody
    assert len(everybody) == 4
    assert members(segment(asks("clv", "at_least", float(value_of(high).amount)))) == {high.name}
    assert members(segment(asks("cost_to_serve", "at_most", 15))) == {low.name, unknown.name}
    assert members(segment({"field": "value_tier", "op": "in", "value": ["unknown"]})) == {unknown.name}


def test_finance_decides_terms_rates_and_margins_and_nobody_else(client):
    client.force_login(cast.finn())
    url = reverse("value_settings")
    assert "Nothing is decided" in client.get(url).content.decode()
    assert client.post(url, TERMS).status_code == 302
    rate = {"what": "rate", "rate-role": "csm", "rate-hourly": "62", "rate-currency": "EUR", "rate-valid_from": "2026-01-01"}  # fmt: skip
    assert client.post(url, rate).status_code == 302
    margin = {"what": "margin", "margin-segment": "SMB", "margin-margin": "0.7", "margin-valid_from": "2026-01-01"}
    assert client.post(url, margin).status_code == 302
    terms = ValueTerms.objects.get()
    assert (terms.months, terms.currency, terms.decided_by.name) == (24, "EUR", "Finn")
    assert (CostRate.objects.get().hourly, SegmentMargin.objects.get().margin) == (62, Decimal("0.7"))
    text = client.get(url).content.decode()
    assert "€62.00" in text
    assert "from the beginning" in text
    wrong = client.post(url, {**TERMS, "terms-high_from": "100"})
    assert (wrong.status_code, "High has to begin above middle." in wrong.content.decode()) == (422, True)
    client.force_login(cast.ada())
    assert client.get(url).status_code == 200
    assert client.post(url, TERMS).status_code == 405


def test_a_manager_sets_an_account_apart_and_takes_it_back(browser):
    account = valued()[0]
    url = reverse("account_strategic", args=[account.pk])
    assert browser.post(url, {"note": ""}).status_code == 422
    assert browser.post(url, {"note": "Opens Japan"}).status_code == 302
    assert StrategicMark.objects.open().get().note == "Opens Japan"
    assert "No longer set apart" in browser.get(reverse("account", args=[account.pk])).content.decode()
    assert browser.post(url, {"end": "1"}).status_code == 302
    assert not StrategicMark.objects.open().exists()


def test_rest_gives_values_with_their_reason_and_history(client):
    account = valued()[3]
    client.force_login(cast.ada())
    [found] = client.get("/api/v1/account_values/", {"account": str(account.pk)}).json()["data"]
    assert (found["tier"], found["method"], found["currency"]) == ("high", "subscription", "EUR")
    assert float(found["low"]) <= float(found["amount"]) <= float(found["high"])
    assert "after serving it" in found["reason"]
    assert len(client.get("/api/v1/account_values/", {"tier": "unknown"}).json()["data"]) == 1
    assert len(client.get("/api/v1/account_values/", {"amount__gte": found["amount"]}).json()["data"]) == 1
    assert len(client.get("/api/v1/valuations/", {"present": "true"}).json()["data"]) == 5
    assert client.get("/api/v1/valuations/", {"present": "false"}).json()["data"] == []
    [fit] = client.get("/api/v1/value_fits/").json()["data"]
    assert fit["id"] == found["fit"]


def test_rest_decides_and_marks_as_the_pages_do(client):
    account = subscribed()
    client.force_login(cast.finn())
    rate = {"role": "agent", "hourly": "41.50", "currency": "EUR", "valid_from": "2026-01-01"}
    made = client.post("/api/v1/cost_rates/", rate, content_type="application/json")
    assert (made.status_code, made.json()["hourly"]) == (201, "41.50")
    wrong = client.post("/api/v1/cost_rates/", {**rate, "hourly": "0"}, content_type="application/json")
    assert wrong.status_code == 409
    assert "above zero" in wrong.content.decode()
    terms = {"months": 24, "discount": "0.08", "currency": "EUR", "high_from": "9", "middle_from": "3", "valid_from": "2026-01-01"}  # fmt: skip
    assert client.post("/api/v1/value_terms/", terms, content_type="application/json").status_code == 201
    margin = {"segment": "SMB", "margin": "0.7", "valid_from": "2026-01-01"}
    assert client.post("/api/v1/segment_margins/", margin, content_type="application/json").status_code == 201
    mark = {"account": str(account.pk), "note": "Opens Japan"}
    assert client.post("/api/v1/strategic_marks/", mark, content_type="application/json").status_code == 403
    client.force_login(cast.grace())
    made = client.post("/api/v1/strategic_marks/", mark, content_type="application/json").json()
    ended = client.post(f"/api/v1/strategic_marks/{made['id']}/ending/", {}, content_type="application/json")
    assert (ended.status_code, ended.json()["ended_at"] is not None) == (201, True)


def test_administration_decides_through_the_verbs(client):
    client.force_login(cast.root())
    url = reverse("admin:value_valueterms_add", current_app=tenant_admin.name)
    told = {name.removeprefix("terms-"): value for name, value in TERMS.items()}
    assert client.post(url, told).status_code == 302
    assert ValueTerms.objects.get().decided_by.name == "Root"
    assert client.post(url, {**told, "high_from": "1"}).status_code == 200
    assert ValueTerms.objects.count() == 1
    with pytest.raises(services.BadTerms):
        services.decide_rate(role="cook", hourly=Decimal(1), currency="EUR", valid_from=AS_OF.date(), by=None, as_of=AS_OF)  # fmt: skip


def test_the_book_adds_up_by_tier_and_says_how_it_came_about(browser):
    accounts = valued()
    answer = browser.get(reverse("value_settings"))
    book, text = answer.context["book"], answer.content.decode()
    values = [value_of(account) for account in accounts if value_of(account).amount is not None]
    [money] = [each for each in book.moneys if each.currency]
    assert money.whole.amount == sum(value.amount for value in values) == sum(tier.amount or 0 for tier in money.tiers)
    assert (money.whole.low, money.whole.high) == (sum(v.low for v in values), sum(v.high for v in values))
    assert (money.whole.count, money.whole.arr) == (5, 123_000)
    assert [(tier.label, tier.count) for tier in money.tiers] == [("High", 2), ("Middle", 2), ("Unknown", 1)]
    assert money.whole.cost == sum(value.cost for value in values)
    assert book.methods == (("Subscription: survival × margin, discounted", 4),)
    assert ("value: the account has neither recurring revenue nor orders", 1) in book.unknown
    assert book.margins == (Decimal("0.8"), Decimal("0.8"))
    for said in ("over 36 months after margin, discounted at 10.0% a year", "Gross margin 80.0%", "Without expansion", "Told on 21 Nov 2026"):  # fmt: skip
        assert said in text
    assert [row.name for row in shown(browser, money.tiers[0].url)] == [accounts[3].name, accounts[2].name]


def shown(browser: Any, url: str) -> list[Any]:
    return [row for group in browser.get(url).context["groups"] for row in group.rows]


def test_money_of_two_currencies_stands_apart_in_the_book(browser):
    valued()
    one = AccountValue.objects.filter(tier="high").first()
    assert one is not None
    AccountValue.objects.filter(pk=one.pk).update(currency="PLN")
    moneys = {each.currency: each.whole for each in browser.get(reverse("value_settings")).context["book"].moneys}
    assert (moneys["EUR"].count, moneys["PLN"].count, moneys["PLN"].amount) == (4, 1, one.amount)
    assert moneys["PLN"].arr == 0  # what it pays is in euros


def test_what_was_learned_is_shown_by_renewal(browser):
    make.fit()
    [(_fit, _refusal, by_renewal)] = browser.get(reverse("value_settings")).context["fits"]
    assert by_renewal == [("1", "1,000", "131", "87%"), ("2", "869", "126", "86%"), ("3", "743", "90", "88%"), ("4", "653", "60", "91%")]  # fmt: skip


def test_the_page_of_value_stands_in_the_navigation_of_those_who_may_see_it(client):
    link = f'href="{reverse("value_settings")}"'
    client.force_login(cast.finn())
    assert link in client.get(reverse("accounts")).content.decode()
    client.force_login(cast.person("Omar", "agent"))
    assert link not in client.get(reverse("accounts")).content.decode()


def test_its_queries_do_not_grow_with_the_book(browser):
    valued()
    browser.get(reverse("value_settings"))
    with CaptureQueriesContext(connection) as few:
        browser.get(reverse("value_settings"))
    for arr in (1_000, 2_000, 3_000):
        make.worked(subscribed(arr))
    revalued()
    with CaptureQueriesContext(connection) as more:
        browser.get(reverse("value_settings"))
    assert len(few) == len(more)
