"""The pages of data quality, as people and browsers meet them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.ingest.events.models import RejectedEvent, Source
from accounts.ingest.models import ImportBatch
from accounts.ingest.quality.models import LikelyDuplicate, Rhythm
from accounts.ingest.quality.queries.gaps import GAPS, coverage, coverage_now, lacking
from accounts.ingest.quality.services import find_duplicates
from accounts.models import Account
from cshub.users.models import User
from tests import cast
from tests.accounts import make

NOW = cast.clock()
DAY = timedelta(days=1)


@pytest.fixture
def grace(acme: object, client: Client) -> User:
    user = cast.grace()
    client.force_login(user)
    cache.clear()
    return user


def text(client: Client, name: str, *parts: Any, query: str = "") -> str:
    answer = client.get(reverse(name, args=parts) + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def whole(owner: User, **fields: Any) -> Account:
    """A customer who lacks nothing."""
    account = make.account(
        owner=owner, segment="Enterprise", stage="value", domain=f"{fields.get('external_id', 'a')}.example", **fields
    )
    make.renewal(make.contract(account, ends_on=NOW.date() + 90 * DAY))
    make.contact(account, email="somebody@mail.example")
    make.usage(account, day=NOW.date() - DAY)
    make.survey_response(account, occurred_at=NOW - DAY)
    return account


def test_a_new_tenant_reads_what_will_appear(grace: User, client: Client) -> None:
    page = text(client, "data_quality")
    for sentence in ("Never came", "Nothing waits", "No facts contradict each other", "not been compared yet"):
        assert sentence in page


def test_each_gap_counts_the_accounts_its_link_leads_to(grace: User, client: Client) -> None:
    left = cast.person("Gone", "csm", is_active=False)
    whole(grace, external_id="whole")
    make.account(name="Bare")
    make.account(name="Prospect", status="prospect")
    whole(left, external_id="left")
    make.contract(make.account(name="Left us", status="churned"))
    overdue = whole(grace, external_id="overdue")
    make.renewal(make.contract(overdue, ends_on=NOW.date() - 5 * DAY, starts_on=NOW.date() - 370 * DAY))
    empty = whole(grace, external_id="empty")
    empty.contracts.create(external_id="no-lines", starts_on=NOW.date(), currency="EUR")
    counts = {each.gap.key: each.lacking for each in coverage(as_of=NOW)}
    bare = dict.fromkeys([key for key, gap in GAPS.items() if not gap.is_contradiction], 1)
    assert counts == bare | {**dict.fromkeys([key for key, gap in GAPS.items() if gap.is_contradiction], 1)}
    for key in GAPS:
        listed = client.get(reverse("accounts"), {"gap": key}).context["groups"]
        names = {row.name for group in listed for row in group.rows}
        assert names == {account.name for account in lacking(Account.objects.all(), key, as_of=NOW)}, key
        assert len(names) == 1
    assert "?gap=usage" in text(client, "data_quality")


def test_figures_of_many_accounts_are_kept_and_say_when_they_were_counted(
    grace: User, client: Client, count_queries: Any
) -> None:
    def without_owner(at: Any, **options: Any) -> tuple[int, Any]:
        found = coverage_now(as_of=at, few=1, **options)
        return found.rows[0].lacking, found.counted_at

    make.account()
    make.account()
    assert without_owner(NOW) == (2, NOW)
    make.account()
    soon = NOW + timedelta(minutes=9)
    assert without_owner(soon) == (2, NOW)
    assert count_queries(lambda: without_owner(soon)) == 1
    assert without_owner(soon, again=True) == (3, soon)
    make.account()
    assert without_owner(soon + timedelta(minutes=10)) == (4, soon + timedelta(minutes=10))
    assert "Counted just now" in text(client, "data_quality")


def test_what_waits_for_a_fix_is_listed_with_its_place(grace: User, client: Client) -> None:
    batch = ImportBatch.objects.create(
        kind="accounts", state="imported", file_name="half.csv", imported_at=NOW - DAY, rejected_count=7
    )
    source = Source.objects.create(name="Web app", prefix="p", digest="d")
    for state, code in (("waiting", "no_name"), ("dismissed", "no_user")):
        RejectedEvent.objects.create(
            source=source,
            kind="track",
            code=code,
            payload="{}",
            fingerprint=make.account().pk,
            received_at=NOW,
            state=state,
        )
    answer = client.get(reverse("data_quality"))
    assert [(row.place, row.count) for row in answer.context["waiting"]] == [("events", 1), ("import", 7)]
    assert reverse("import_batch", args=[batch.pk]) in answer.content.decode()


def test_stale_facts_are_named_on_the_pages_that_stand_on_them(grace: User, client: Client) -> None:
    account = make.account(name="Northwind", owner=grace)
    make.usage(account, day=NOW.date() - 30 * DAY)
    day = NOW - 30 * DAY
    for name, parts in (("accounts", ()), ("account", (account.pk,)), ("inbox", ())):
        page = text(client, name, *parts)
        assert "Figures here stand on facts that are out of date" in page, name
        assert f"{day.day} {day:%b} {day:%Y}" in page, name
    make.usage(account, day=NOW.date())
    cache.clear()
    assert "out of date" not in text(client, "accounts")


def test_orders_and_invoices_say_how_old_they_are(grace: User, client: Client) -> None:
    account = make.account(owner=grace)
    make.usage(account, day=NOW.date() - 30 * DAY)
    assert "out of date" not in text(client, "account_commerce", account.pk)
    account.orders.create(external_id="o", ordered_on=NOW.date(), amount=1, currency="EUR", recorded_at=NOW - 90 * DAY)
    cache.clear()
    page = text(client, "account_commerce", account.pk)
    assert "out of date" in page
    assert "<b>Orders</b>" in page


def test_the_page_of_a_person_says_how_old_its_tickets_are(grace: User, client: Client) -> None:
    account = make.account(owner=grace)
    person = make.contact(account)
    make.usage(account, day=NOW.date() - 30 * DAY)
    assert "out of date" not in text(client, "contact", person.pk)
    account.tickets.create(external_id="t", opened_at=NOW - 90 * DAY, recorded_at=NOW - 90 * DAY)
    cache.clear()
    assert "<b>Tickets</b>" in text(client, "contact", person.pk)


def test_a_manager_sets_the_rhythm_and_a_csm_does_not(grace: User, client: Client) -> None:
    days = dict.fromkeys(
        ["accounts", "contacts", "contracts", "orders", "invoices", "usage", "surveys", "tickets", "interactions"], 9
    )
    wrong = client.post(reverse("data_quality_rhythms"), days | {"usage": 0})
    assert wrong.status_code == 422
    assert not Rhythm.objects.exists()
    assert client.post(reverse("data_quality_rhythms"), days).status_code == 302
    assert "stale after 9 days" in text(client, "data_quality")
    client.force_login(cast.ada())
    assert client.post(reverse("data_quality_rhythms"), days).status_code == 403
    assert reverse("data_quality_rhythms") not in text(client, "data_quality")


def test_a_pair_is_seen_side_by_side_and_merged(grace: User, client: Client) -> None:
    kept, gone = make.account(name="Contoso", external_id="C-1"), make.account(name="Contoso Ltd", external_id="C-2")
    make.contract(gone, arr=5_000)
    make.contact(gone, name="Anna")
    assert "not been compared yet" in text(client, "likely_duplicates")
    assert client.post(reverse("duplicates_search")).status_code == 302
    page = text(client, "likely_duplicates")
    for fact in ("Same name", "C-1", "C-2", "€5k", "Merge…", "These are different"):
        assert fact in page
    merge = reverse("duplicate_merge", args=[LikelyDuplicate.objects.get().pk])
    assert "moves to the one that stays" in str(client.get(merge).content.decode())
    assert client.post(merge, {}).status_code == 422
    answer = client.post(merge, {"survivor": str(kept.pk), "reason": "Written twice"}, follow=True)
    assert "Contoso Ltd is merged into this account." in answer.content.decode()
    gone.refresh_from_db()
    assert (gone.status, gone.merged_into) == ("merged", kept)
    assert kept.contacts.get().name == "Anna"
    assert kept.merges.get().reason == "Written twice"
    assert "No duplicates in sight" in text(client, "likely_duplicates")
    assert client.get(merge).status_code == 404


def test_accounts_in_two_currencies_are_not_merged_and_the_page_says_why(grace: User, client: Client) -> None:
    make.contract(make.account(name="Contoso"), currency="EUR")
    make.contract(other := make.account(name="Contoso Ltd"), currency="USD")
    find_duplicates(as_of=NOW)
    answer = client.post(
        reverse("duplicate_merge", args=[LikelyDuplicate.objects.get().pk]), {"survivor": str(other.pk)}
    )
    assert answer.status_code == 409
    assert "Bring both into one currency first" in answer.content.decode()


def test_a_pair_that_is_different_is_not_shown_again(grace: User, client: Client) -> None:
    make.account(name="Contoso")
    make.account(name="Contoso Ltd")
    find_duplicates(as_of=NOW)
    client.post(reverse("duplicate_apart", args=[LikelyDuplicate.objects.get().pk]))
    find_duplicates(as_of=NOW + DAY)
    assert "No duplicates in sight" in text(client, "likely_duplicates")


def test_the_page_costs_as_many_queries_however_many_accounts_there_are(
    grace: User, client: Client, count_queries: Any
) -> None:
    def grow(first: int, last: int) -> None:
        for number in range(first, last):
            whole(grace, external_id=f"w{number}")
            make.account(name=f"Twin {number * 37}")
        find_duplicates(as_of=NOW)

    for name in ("data_quality", "likely_duplicates"):
        grow(0 if name == "data_quality" else 10, 2 if name == "data_quality" else 12)
        client.get(reverse(name))
        few = count_queries(lambda name=name: client.get(reverse(name)))
        grow(2 if name == "data_quality" else 12, 9 if name == "data_quality" else 19)
        assert count_queries(lambda name=name: client.get(reverse(name))) <= few, name


def test_another_tenants_pair_does_not_exist_here(grace: User, client: Client, inside: Any) -> None:
    with inside("globex"):
        make.account(name="Contoso")
        make.account(name="Contoso Ltd")
        find_duplicates(as_of=NOW)
        foreign = LikelyDuplicate.objects.get().pk
    assert client.get(reverse("duplicate_merge", args=[foreign])).status_code == 404
    assert client.post(reverse("duplicate_apart", args=[foreign])).status_code == 404
    assert "Contoso" not in text(client, "likely_duplicates")


def test_the_api_lists_the_pairs(grace: User, client: Client) -> None:
    one, other = make.account(name="Contoso"), make.account(name="Contoso Ltd")
    find_duplicates(as_of=NOW)
    (row,) = client.get("/api/v1/likely_duplicates/").json()["data"]
    assert (row["first"], row["second"], row["name_likeness"]) == (str(one.pk), str(other.pk), "1.000")
