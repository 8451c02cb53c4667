"""Which accounts look like one customer, why, and what becomes of the pair."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from accounts.ingest.quality.engine import likeness, neighbors_alike
from accounts.ingest.quality.models import LikelyDuplicate
from accounts.ingest.quality.services import find_duplicates, find_duplicates_daily, tell_apart
from accounts.models import Account, DistinctPair
from accounts.services import merge_accounts
from tests import cast
from tests.accounts import make

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("acme")


def found() -> set[frozenset[str]]:
    find_duplicates(as_of=NOW)
    pairs = LikelyDuplicate.objects.values_list("first__name", "second__name")
    return {frozenset(pair) for pair in pairs}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nordlys Sp. z o.o.", "NORDLYS"),
        ("Müller GmbH & Co. KG", "Muller GmbH"),
        ("ООО «Ромашка»", "Ромашка"),
        ("Łódź Logistics S.A.", "Lodz Logistics"),
        ("شرکت البرز", "البرز"),
        ("Vestfold Maritime AS", "Vestfold-Maritime"),
        ("Northwind Traders International", "Northwind Traders Internationel"),
        ("Brightwater Holdings Europe", "Brihtwater Holdings Europe"),
    ],
)
def test_names_that_mean_the_same_company_are_found(one: str, other: str) -> None:
    for name in (one, other, "Aurora Foods", "Zenith Steelworks", "Mercury Freight"):
        make.account(name=name)
    assert found() == {frozenset((one, other))}


@pytest.mark.parametrize(
    ("one", "other"), [("Alpha Foods", "Alpine Tools"), ("AS", "Ltd"), ("Nord", "Nova"), ("Baltic Bank", "Baltic Rail")]
)
def test_names_that_only_sound_alike_are_left_alone(one: str, other: str) -> None:
    make.account(name=one)
    make.account(name=other)
    assert found() == set()


def test_a_domain_in_common_is_enough_unless_half_the_world_has_it() -> None:
    make.account(name="Contoso", domain="contoso.example")
    make.account(name="Fabrikam", domain="WWW.contoso.example")
    for number in range(21):
        make.account(name=f"{'abcdefghijklmnopqrstu'[number] * 9}", domain="mailbox.example")
    assert found() == {frozenset(("Contoso", "Fabrikam"))}


def test_one_address_in_common_is_a_hint_and_two_are_a_reason() -> None:
    one, other, third = make.account(name="Contoso"), make.account(name="Fabrikam"), make.account(name="Litware")
    for account in (one, other, third):
        make.contact(account, email="Anna@mail.example")
    assert found() == set()
    make.contact(one, email="ben@mail.example")
    make.contact(other, email="BEN@mail.example")
    assert found() == {frozenset(("Contoso", "Fabrikam"))}
    assert LikelyDuplicate.objects.get().email_count == 2


def test_an_account_and_its_parent_are_told_apart_already() -> None:
    parent = make.account(name="Contoso", domain="contoso.example")
    make.account(name="Contoso Ltd", domain="contoso.example", parent=parent)
    make.account(name="Contoso GmbH", domain="contoso.example", parent=parent)
    assert found() == set()


def test_whom_somebody_told_apart_is_not_shown_again() -> None:
    make.account(name="Contoso")
    make.account(name="Contoso Ltd")
    find_duplicates(as_of=NOW)
    ada = cast.ada()
    tell_apart(LikelyDuplicate.objects.get(), by=ada, as_of=NOW)
    assert found() == set()
    assert DistinctPair.objects.get().said_by == ada


def test_a_pair_keeps_its_id_from_search_to_search_and_goes_when_it_is_merged() -> None:
    one, other = make.account(name="Contoso"), make.account(name="Contoso Ltd")
    find_duplicates(as_of=NOW)
    before = LikelyDuplicate.objects.get()
    assert (before.first, before.second) == (one, other)  # the one recorded earlier stands first
    later = NOW.replace(hour=13)
    find_duplicates(as_of=later)
    assert LikelyDuplicate.objects.get().pk == before.pk
    merge_accounts(survivor=one, absorbed=other, by=None, as_of=later)
    find_duplicates(as_of=later.replace(hour=14))
    assert not LikelyDuplicate.objects.exists()


def test_accounts_are_compared_once_a_day() -> None:
    make.account(name="Contoso")
    make.account(name="Contoso Ltd")
    assert find_duplicates_daily(as_of=NOW) == 1
    assert find_duplicates_daily(as_of=NOW.replace(hour=23)) is None
    assert find_duplicates_daily(as_of=NOW.replace(day=21)) == 1


def test_the_search_costs_as_many_queries_for_thirty_accounts_as_for_three(count_queries: Any) -> None:
    Account.objects.bulk_create(Account(external_id=f"a{number}", name=f"Contoso {number}") for number in range(3))
    few = count_queries(lambda: find_duplicates(as_of=NOW))
    Account.objects.bulk_create(Account(external_id=f"b{number}", name=f"Fabrikam {number}") for number in range(30))
    assert count_queries(lambda: find_duplicates(as_of=NOW)) == few


def test_likeness_is_a_share_and_the_same_both_ways() -> None:
    names = ["", "a", "contoso", "contosso", "contoso europe", "ромашка", "البرز"]
    for one in names:
        assert likeness(one, one) == 1
        for other in names:
            assert 0 <= likeness(one, other) == likeness(other, one) <= 1
    assert likeness("contoso", "fabrikam") == 0
    assert likeness("contoso", "contosso") > 0.6


def test_each_name_is_compared_with_its_neighbors_only() -> None:
    names = [(number, f"{number:05d}") for number in range(200)]
    pairs = list(neighbors_alike(names, neighbors=3, at_least=0.0))
    assert len(pairs) <= 2 * 3 * len(names)
    assert {(one, other) for one, other in pairwise(range(200))} <= {(one, other) for one, other, _alike in pairs}
