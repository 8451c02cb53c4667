"""A rule filters the list of accounts without a segment being kept."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.urls import reverse

from health.segments import lists, rules
from health.segments.sql.compiling import Fragment
from tests import cast
from tests.segments import make

pytestmark = pytest.mark.usefixtures("acme")
POLAND = make.asks("region", "is", "Poland")
SLOW = Fragment("SELECT id FROM accounts_account WHERE pg_sleep(0.3) IS NOT NULL", {})


@pytest.fixture
def browser(client):
    client.force_login(cast.ada())
    return client


def listed(browser, rule, **more):
    return browser.get("/api/v1/accounts/", {"rule": rule if isinstance(rule, str) else json.dumps(rule), **more})


def test_the_api_lists_the_accounts_that_meet_a_rule_together_with_other_filters(browser):
    port = make.account(name="Port", region="Poland", industry="Logistics")
    make.account(name="Shop", region="Poland", industry="Retail")
    make.account(name="Contoso", region="DACH", industry="Logistics")
    found = listed(browser, POLAND, industry="Logistics")
    assert [each["id"] for each in found.json()["data"]] == [str(port.pk)]
    assert len(listed(browser, {"not": POLAND}).json()["data"]) == 1


@pytest.mark.parametrize(
    ("rule", "code", "said"),
    [
        ("{", "invalid", "no JSON"),
        ("[" * 100_000, "invalid", "no JSON"),
        ({"field": "x", "op": "is"}, "bad_rule", "x"),
        ({"field": "region", "op": "is", "value": "'; drop table"}, "", ""),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_at_its_parameter(browser, rule, code, said):
    answer = listed(browser, rule)
    if not code:
        assert answer.json()["data"] == []
        return
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["code"]) == (400, "?rule", code)
    assert said in error["detail"]


def test_a_rule_that_costs_too_much_is_refused_before_it_runs(browser, monkeypatch):
    monkeypatch.setattr(rules, "GREATEST_COST", 0.0)
    answer = listed(browser, POLAND)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "runaway_rule")


def test_a_rule_that_takes_too_long_is_stopped(browser, monkeypatch):
    make.account(region="Poland")
    monkeypatch.setattr(lists, "WEB_MILLISECONDS", 20)
    monkeypatch.setattr(lists, "accounts_in", lambda *_rule, **_how: SLOW)
    answer = listed(browser, POLAND)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "runaway_rule")


def test_the_page_lists_them_says_the_rule_in_words_and_keeps_it_beside_other_filters(browser):
    make.account(name="Port of Gdynia", region="Poland")
    make.account(name="Contoso", region="DACH")
    page = browser.get(reverse("accounts"), {"rule": json.dumps(POLAND)})
    text = page.content.decode()
    assert "Port of Gdynia" in text
    assert "Contoso" not in text
    assert [(chip.name, chip.value) for chip in page.context["chips"]] == [("Rule", "Region is Poland")]
    assert '<input type="hidden" name="rule"' in text  # the dialog sends it along
    assert "Port of Gdynia" in browser.get(page.context["segment_url"]).content.decode()
    exported = browser.get(reverse("accounts_export"), {"rule": json.dumps(POLAND)}).content.decode()
    assert ("Port of Gdynia" in exported, "Contoso" in exported) == (True, False)


@pytest.mark.parametrize("rule", ["{", json.dumps({"field": "x", "op": "is"})])
def test_a_damaged_rule_is_left_out_of_the_page_and_named(browser, rule):
    make.account(name="Contoso")
    text = browser.get(reverse("accounts"), {"rule": rule}).content.decode()
    assert "The filter “Rule” is left out" in text
    assert "Contoso" in text


@pytest.mark.parametrize("page", ["accounts", "accounts_export"])
def test_the_page_refuses_a_rule_that_costs_too_much(browser, monkeypatch, page):
    monkeypatch.setattr(rules, "GREATEST_COST", 0.0)
    answer = browser.get(reverse(page), {"rule": json.dumps(POLAND)}, follow=True)
    assert "is estimated to cost" in answer.content.decode()
    assert answer.redirect_chain[-1][0] == reverse("accounts")


def test_the_page_stops_a_rule_that_takes_too_long(browser, monkeypatch):
    make.account(region="Poland")
    monkeypatch.setattr(lists, "WEB_MILLISECONDS", 20)
    monkeypatch.setattr(lists, "accounts_in", lambda *_rule, **_how: SLOW)
    answer = browser.get(reverse("accounts"), {"rule": json.dumps(POLAND)}, follow=True)
    assert "was stopped" in answer.content.decode()


def test_the_builder_leads_to_the_list_of_its_rule(browser):
    make.account(name="Port of Gdynia", region="Poland")
    builder = browser.get(reverse("segment_create"), {"rule": json.dumps(POLAND)}).content.decode()
    [address] = re.findall(r'href="([^"]*\?rule=[^"]*)"', builder)
    assert "Port of Gdynia" in browser.get(unescape(address)).content.decode()
