"""A rule filters the list of accounts without a segment being kept."""

from __future__ import annotations

import json

import pytest

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
