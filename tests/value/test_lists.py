"""What accounts are worth in lists of accounts: columns one adds, sorting, filtering by tier, the file, and REST."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from cshub.web.queries.account_list import COLUMNS
from cshub.web.queries.cursors import cursor, slice_of
from health.segments.services import refresh_memberships
from health.value.models import AccountValue
from tests import cast
from tests.segments.make import members, segment
from tests.value import make
from tests.value.make import AS_OF, revalued, subscribed, value_of

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def browser(client: Any) -> Any:
    client.force_login(cast.grace())
    return client


def valued(*arrs: int) -> list[Account]:
    """An account for each annual revenue; of those without any the value is not known."""
    make.fit()
    make.rates()
    make.terms()
    accounts = [subscribed(arr, name=f"Pays {arr}", external_id=f"pays-{arr}") for arr in arrs]
    for account in accounts:
        make.worked(account, minutes=20)
    revalued()
    return accounts


def names(browser: Any, query: str) -> list[str]:
    answer = browser.get(f"{reverse('accounts')}?{query}")
    assert answer.status_code == 200
    return [row.name for group in answer.context["groups"] for row in group.rows]


def test_columns_are_shown_only_where_one_adds_them(browser: Any) -> None:
    account = valued(50_000)[0]
    assert "is-value" not in browser.get(reverse("accounts")).content.decode()
    answer = browser.get(f"{reverse('accounts')}?show=clv&show=value_tier")
    [row] = [row for group in answer.context["groups"] for row in group.rows]
    value = value_of(account)
    assert [cell.label for cell in row.further] == ["Lifetime value", "Value tier"]
    assert row.further[0].text == f"€{value.amount / 1000:.0f}k"
    assert row.further[0].below == f"€{value.low / 1000:.0f}k–€{value.high / 1000:.0f}k"
    assert row.further[1].text == "High"
    text = answer.content.decode()
    assert "over 36 months after margin and discount, without expansion" in text
    assert [label for label in ("Lifetime value", "Cost to serve") if f'data-label="{label}"' in text] == [
        "Lifetime value"
    ]


def test_without_them_nothing_is_read_of_values(browser: Any) -> None:
    valued(50_000)
    browser.get(reverse("accounts"))
    with CaptureQueriesContext(
        connection,
    ) as usual:
        browser.get(reverse("accounts"))
    with CaptureQueriesContext(connection) as wider:
        browser.get(f"{reverse('accounts')}?show=clv")
    assert [each["sql"] for each in usual if "value_accountvalue" in each["sql"]] == []
    assert len(wider) == len(usual)


def test_an_added_column_is_taken_away_again_and_the_filters_stay(browser: Any) -> None:
    valued(50_000)
    query = "show=clv&show=value_tier&value_tier=high&sort=-clv"
    choices = browser.get(f"{reverse('accounts')}?{query}").context["choices"]
    assert [(str(label), shown) for label, _url, shown in choices] == [
        ("Lifetime value", True),
        ("Cost to serve", False),
        ("Value tier", True),
    ]
    without = parse_qs(urlsplit(choices[0][1]).query)
    assert without == {"show": ["value_tier"], "value_tier": ["high"]}  # nor is it sorted by what is not seen
    assert set(parse_qs(urlsplit(choices[1][1]).query)["show"]) == {"clv", "value_tier", "cost_to_serve"}


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("sort=-clv", ["Pays 50000", "Pays 9000", "Pays 6000", "Pays 0"]),
        ("sort=clv", ["Pays 6000", "Pays 9000", "Pays 50000", "Pays 0"]),
        ("value_tier=high&sort=-clv", ["Pays 50000"]),
        ("value_tier=high&value_tier=unknown&sort=-clv", ["Pays 50000", "Pays 0"]),
        ("value_tier=diamond&sort=-clv", ["Pays 50000", "Pays 9000", "Pays 6000", "Pays 0"]),  # left out, and named
    ],
)
def test_the_list_is_sorted_and_narrowed_by_value(browser: Any, query: str, seen: list[str]) -> None:
    valued(9_000, 50_000, 0, 6_000)
    assert names(browser, query) == seen


def test_what_it_is_sorted_by_is_shown(browser: Any) -> None:
    valued(50_000)
    answer = browser.get(f"{reverse('accounts')}?sort=-cost_to_serve")
    [heading] = [column for column in answer.context["columns"] if column.sorted]
    assert (heading.label, heading.sorted) == ("Cost to serve", "descending")
    assert parse_qs(urlsplit(heading.url).query) == {"sort": ["cost_to_serve"]}


@pytest.mark.parametrize("sort", ["clv", "-clv", "cost_to_serve", "-cost_to_serve"])
def test_pages_by_value_show_each_account_once(sort: str) -> None:
    valued(6_000, 6_001, 0, 50_000, 1, 9_000, 2)
    AccountValue.objects.filter(account__external_id__in=["pays-6000", "pays-6001", "pays-9000"]).update(
        amount=Decimal(700), low=Decimal(600), high=Decimal(800), cost=Decimal(7)
    )
    whole = [row["pk"] for row in slice_of(Account.objects.all(), sort=sort, at=None, columns=COLUMNS, limit=99).rows]
    seen, at = [], None
    while at is not None or not seen:
        part = slice_of(Account.objects.all(), sort=sort, at=at, columns=COLUMNS, limit=2)
        seen += [row["pk"] for row in part.rows]
        if part.after is None:
            break
        at = cursor(str(part.after), sort=sort)
    assert seen == whole
    assert len(set(whole)) == 7


def test_the_tiers_of_a_list_are_those_of_a_segment(browser: Any) -> None:
    valued(9_000, 50_000, 0)
    answer = browser.get(f"{reverse('accounts')}?value_tier=high&value_tier=unknown")
    rule = json.loads(parse_qs(urlsplit(answer.context["segment_url"]).query)["rule"][0])
    same = segment(rule)
    refresh_memberships(as_of=AS_OF)
    assert members(same) == set(names(browser, "value_tier=high&value_tier=unknown")) == {"Pays 50000", "Pays 0"}


def test_the_file_says_value_interval_horizon_method_and_when_it_was_told(browser: Any) -> None:
    value = value_of(valued(50_000)[0])
    rows = list(csv.DictReader(StringIO(browser.get(reverse("accounts_export")).content.decode())))
    told = {name: rows[0][name] for name in rows[0] if "value" in name or name == "cost_to_serve"}
    assert told == {
        "lifetime_value": str(value.amount), "lifetime_value_low": str(value.low), "lifetime_value_high": str(value.high),
        "lifetime_value_months": "36", "lifetime_value_method": "subscription", "cost_to_serve": str(value.cost),
        "value_tier": "high", "value_currency": "EUR", "valued_at": value.computed_at.isoformat(),
    }  # fmt: skip


def test_rest_answers_value_beside_accounts_where_it_is_asked_for(client: Any) -> None:
    worth = value_of(valued(50_000)[0])
    client.force_login(cast.ada())
    nobody = make.make.account(name="Zero", status="prospect")
    plain = client.get("/api/v1/accounts/").json()["data"][0]
    assert "value" not in plain
    first, second = client.get("/api/v1/accounts/", {"expand": "value", "fields": "name,value"}).json()["data"]
    assert (first["name"], first["value"]["amount"], first["value"]["tier"]) == (
        "Pays 50000",
        str(worth.amount),
        "high",
    )
    assert "after serving it" in first["value"]["reason"]
    assert second == {"name": "Zero", "value": None}
    assert client.get(f"/api/v1/accounts/{worth.account_id}/", {"expand": "value"}).json()["value"] == first["value"]
    assert client.get(f"/api/v1/accounts/{nobody.pk}/", {"expand": "value"}).json()["value"] is None
    assert client.get("/api/v1/accounts/", {"expand": "worth"}).status_code == 400


def test_rest_gives_values_in_their_order(client: Any) -> None:
    valued(9_000, 50_000, 0)
    client.force_login(cast.ada())
    amounts = [row["amount"] for row in client.get("/api/v1/account_values/", {"sort": "-amount"}).json()["data"]]
    assert amounts[-1] is None
    assert Decimal(amounts[0]) > Decimal(amounts[1])
