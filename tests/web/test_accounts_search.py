"""Accounts are found by name however it is spelled, in the search box and in the list's filter."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from cshub.users.models import User
from tests import cast
from tests.web.listing import listed, named


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def ada(acme: object, client: Client) -> User:
    user = cast.ada()
    client.force_login(user)
    return user


def test_search_finds_what_begins_with_the_words_first_and_ten_at_most(ada: User, client: Client) -> None:
    named("Harrow")
    row = named("Rowan", external_id="R-1")
    for number in range(12):
        named(f"Narrow {number:02}")
    found = client.get(reverse("search"), {"q": "row"}).json()["results"]
    assert found[0] == {"label": "Rowan", "detail": "R-1", "url": reverse("account", args=[row.pk])}
    assert len(found) == 10
    assert client.get(reverse("search"), {"q": "\x00 "}).json() == {"results": []}
    assert client.get(reverse("search"), {"q": "r-1"}).json()["results"][0]["label"] == "Rowan"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Łódzkie Zakłady", "zaklady lodzkie"),
        ("Ørsted", "ORSTED"),
        ("Müller Straße", "muller strasse"),
        ("پارس كالا", "کالا"),
        ("شرکت ۱۲۳", "شرکت 123"),
        ("Север", "север"),
        ("100% Cotton_Mill", "100% cotton_"),
    ],
)
def test_search_and_the_filter_find_a_name_however_it_is_spelled(
    ada: User, client: Client, name: str, words: str
) -> None:
    named(name)
    named("Northwind")
    found = client.get(reverse("search"), {"q": words}).json()["results"]
    assert [each["label"] for each in found] == [name]
    assert listed(client, f"q={quote(words)}") == [name]


def test_every_word_has_to_occur(ada: User, client: Client) -> None:
    named("Żubr Bank")
    named("Żubr Foods")
    assert listed(client, "q=bank+zubr") == ["Żubr Bank"]
    assert listed(client, "q=zubr+steel") == []


def test_the_index_of_searched_text_answers_a_search(acme: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Account.objects.holding("orsted").explain()
        beginning = Account.objects.beginning_with("orsted").order_by("folded", "pk").explain()
    assert "account_by_folded_text" in plan
    assert "account_by_folded_beginning" in beginning
