"""Two IDs that turn out to be one person count as one, on the days before as well, in whatever order that is learned."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts import services as facts
from accounts.ingest.events.models import AppUser
from accounts.ingest.events.reading.kinship import Kin, persons
from accounts.models import Account, ChangedAccount, UsageDaily
from cshub import pipeline
from cshub.tenancy.models import Tenant
from tests.accounts import make
from tests.database import AS_OF
from tests.events.sending import BEFORE, alias, group, identify, recounted, send, source, track, usage, work_off

TODAY = str(AS_OF.date())
NAMES = ("Opened", "Sent")
LINKS = st.dictionaries(st.integers(0, 9), st.integers(0, 9), max_size=10)


def seen_as(browser: str, *, at: Any = BEFORE, **fields: Any) -> dict[str, Any]:
    return track(None, anonymousId=browser, at=at, context={"groupId": "acct-1"}, **fields)


@pytest.fixture
def key(acme: Tenant) -> str:
    make.account(external_id="acct-1")
    return source()[1]


def test_days_that_were_counted_apart_are_counted_again(key: str) -> None:
    yesterday = BEFORE - timedelta(days=1)
    send(key, group("u1"), track("u1"), seen_as("browser"), seen_as("browser", at=yesterday), seen_as("other"))
    work_off()
    assert usage()["acct-1", "events", TODAY] == (3, 3)
    send(key, alias("browser", "u1"))
    work_off()
    assert usage()["acct-1", "events", TODAY] == (3, 2)
    assert usage()["acct-1", "event_report_opened", TODAY] == (3, 2)
    assert usage()["acct-1", "events", str(yesterday.date())] == (1, 1)
    assert usage() == recounted()


def test_identify_says_so_too(key: str) -> None:
    send(key, group("u1"), track("u1"), seen_as("browser"))
    work_off()
    send(key, {**identify("u1"), "anonymousId": "browser"})
    work_off()
    assert usage()["acct-1", "events", TODAY] == (2, 1) == recounted()["acct-1", "events", TODAY]


def test_an_earlier_id_may_have_been_a_user_s_own(key: str) -> None:
    send(key, group("old@acme.example"), group("4711"), track("old@acme.example"), track("4711"))
    work_off()
    send(key, alias("old@acme.example", "4711"), track("old@acme.example"))
    work_off()
    assert usage()["acct-1", "events", TODAY] == (3, 1)


def test_only_what_it_touches_is_written_and_scored_again(key: str) -> None:
    send(key, group("u1"), track("u1"), seen_as("browser"), group("u2", "acct-2"), track("u2"))
    work_off()
    pipeline.follow_changes(as_of=AS_OF)
    later = AS_OF + timedelta(hours=1)
    send(key, alias("browser", "u1"), as_of=later)
    work_off(later)
    touched = Account.objects.get(external_id="acct-1")
    assert list(ChangedAccount.objects.values_list("account_id", flat=True)) == [touched.pk]
    assert set(UsageDaily.objects.filter(recorded_at=later).values_list("account_id", flat=True)) == {touched.pk}


def test_what_is_said_again_costs_nothing(key: str) -> None:
    send(key, group("u1"), track("u1"), seen_as("browser"), alias("browser", "u1"))
    work_off()
    pipeline.follow_changes(as_of=AS_OF)
    send(key, alias("browser", "u1"), {**identify("u1"), "anonymousId": "browser"})
    work_off()
    assert not ChangedAccount.objects.exists()


def test_a_browser_stays_with_whoever_signed_in_first(key: str) -> None:
    first, second = BEFORE - timedelta(hours=2), BEFORE - timedelta(hours=1)
    seen = [group("u1"), group("u2"), seen_as("browser"), track("u2")]
    send(key, *seen, alias("browser", "u2", at=second))
    work_off()
    assert usage()["acct-1", "events", TODAY] == (2, 1)
    send(key, alias("browser", "u1", at=first))  # which is learned late
    work_off()
    assert AppUser.objects.get(external_id="browser", is_anonymous=True).same_as == AppUser.objects.get(
        external_id="u1"
    )
    assert usage()["acct-1", "events", TODAY] == (2, 2)
    assert usage() == recounted()


def test_days_of_an_account_that_was_merged_are_corrected_there_and_at_its_survivor(key: str) -> None:
    send(key, group("u1"), track("u1"), seen_as("browser"))
    work_off()
    survivor, gone = make.account(external_id="survivor"), Account.objects.get(external_id="acct-1")
    before = usage()
    merge = facts.merge_accounts(survivor=survivor, absorbed=gone, by=None, as_of=AS_OF)
    send(key, alias("browser", "u1"))
    work_off()
    assert usage()["survivor", "events", TODAY] == usage()["acct-1", "events", TODAY] == (2, 1)
    assert before["acct-1", "events", TODAY] == (2, 2)
    facts.split_account(merge, by=None, as_of=AS_OF)
    assert usage()["acct-1", "events", TODAY] == (2, 1)
    assert usage().get(("survivor", "events", TODAY), (0, 0)) == (0, 0)


@pytest.mark.parametrize("seed", range(8))
def test_the_order_in_which_events_and_aliases_come_changes_no_count(key: str, seed: int) -> None:
    """Lines, forks, circles and browsers that two people share, cut into requests anywhere."""
    story = random.Random(seed)
    ids = [f"id{number}" for number in range(9)]
    told: list[dict[str, Any]] = []
    for _ in range(60):
        who, at = story.choice(ids), BEFORE - timedelta(minutes=story.randrange(4000))
        named = {"event": story.choice(NAMES), "at": at, "context": {"groupId": f"acct-{story.randrange(1, 3)}"}}
        told.append(track(who, **named) if story.random() < 0.5 else track(None, anonymousId=who, **named))
    for number in range(7):
        earlier, later = story.sample(ids, 2)
        told.append(alias(earlier, later, at=BEFORE - timedelta(minutes=number // 2)))
    make.account(external_id="acct-2")
    counts = [counted_in_some_order(key, told, random.Random(turn)) for turn in range(3)]
    assert counts[0] == counts[1] == counts[2]


def counted_in_some_order(key: str, told: list[dict[str, Any]], chance: random.Random) -> Any:
    """What comes of it, which is then forgotten."""
    mixed = chance.sample(told, k=len(told))
    with transaction.atomic():
        while mixed:
            cut = chance.randrange(1, 12)
            send(key, *mixed[:cut])
            mixed = mixed[cut:]
            if chance.random() < 0.6:
                work_off()
        work_off()
        found = usage()
        assert found == recounted()
        transaction.set_rollback(True)
    return found


@given(LINKS, st.randoms(use_true_random=False))
def test_who_stands_for_a_person_is_the_same_in_every_order(links: dict[int, int], chance: random.Random) -> None:
    kin = {user: Kin(links.get(user) if links.get(user) != user else None, (str(user), False)) for user in range(10)}
    shuffled = dict(chance.sample(sorted(kin.items()), k=len(kin)))
    found = persons(shuffled, {})
    assert found == persons(kin, {})
    for user, line in kin.items():
        assert line.alias_of is None or found[user] == found[line.alias_of]
        assert found[found[user]] == found[user]


def test_a_line_that_leads_elsewhere_ends_with_the_person_known_there() -> None:
    assert persons({1: Kin(2, ("a", True)), 2: Kin(7, ("b", True))}, {7: 9}) == {1: 9, 2: 9}
