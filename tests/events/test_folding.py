"""What came in is counted once, on its day, for its account, whatever order and however often it came."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from accounts import services as facts
from accounts.ingest.events import services
from accounts.ingest.events.models import (
    AppUser,
    EventName,
    EventPolicy,
    HeldEvent,
    RawBatch,
    RejectedEvent,
    SeenMessage,
    Source,
    UsageEvent,
)
from accounts.ingest.events.partitions import keep_months
from accounts.ingest.events.sql import folding
from accounts.models import Account, ChangedAccount, Contact
from cshub import pipeline
from cshub.audit.models import AuditEvent
from cshub.db import sql
from cshub.tenancy.context import schema_context
from cshub.tenancy.models import Tenant
from tests.accounts import make
from tests.database import AS_OF
from tests.events.sending import (
    BEFORE,
    batch,
    group,
    identify,
    receive,
    recounted,
    send,
    source,
    track,
    usage,
    work_off,
)

Inside = Callable[[str], AbstractContextManager[Tenant]]
TODAY = str(AS_OF.date())


def test_an_event_becomes_its_account_s_usage_of_the_day(acme: Tenant) -> None:
    _source, key = source()
    send(key, group("u1", name="Globex"), group("u2"), track("u1"), track("u2"), track("u1", "Report sent"))
    turn = work_off()
    assert (turn.stored, turn.held, turn.rejected, turn.duplicates) == (3, 0, 0, 0)
    assert usage() == {
        ("acct-1", "event_report_opened", TODAY): (2, 2),
        ("acct-1", "event_report_sent", TODAY): (1, 1),
        ("acct-1", "events", TODAY): (3, 2),
    }


def test_the_same_message_counts_once_whatever_time_it_carries(acme: Tenant) -> None:
    _source, key = source()
    once = track("u1")
    send(key, group("u1"), once, once)
    work_off()
    late = AS_OF + timedelta(days=20)  # into another month by the corrected clock
    send(key, {**once, "timestamp": None}, as_of=late)
    send(key, {**once, "timestamp": (BEFORE - timedelta(days=40)).isoformat()}, sent_at=None)
    assert work_off(late).duplicates == 2
    assert UsageEvent.objects.count() == 1
    assert usage()["acct-1", "events", TODAY] == (1, 1)


def test_two_sources_may_use_the_same_message_id(acme: Tenant) -> None:
    once = track("u1")
    for _ in range(2):
        _source, key = source()
        send(key, group("u1"), once)
    assert work_off().stored == 2


def test_the_sender_s_wrong_clock_is_corrected(acme: Tenant) -> None:
    _source, key = source()
    wrong = AS_OF - timedelta(days=3)  # the sender believes it is three days ago
    send(key, group("u1", at=wrong), track("u1", at=wrong - timedelta(minutes=7)), sent_at=wrong)
    work_off()
    assert UsageEvent.objects.get().occurred_at == AS_OF - timedelta(minutes=7)


def test_an_event_without_a_time_happened_when_it_arrived(acme: Tenant) -> None:
    _source, key = source()
    send(key, group("u1"), {**track("u1"), "timestamp": None})
    work_off()
    assert UsageEvent.objects.get().occurred_at == AS_OF


def test_without_a_message_id_the_content_tells_a_repeated_request(acme: Tenant) -> None:
    _source, key = source()
    bare = {name: value for name, value in track("u1").items() if name != "messageId"}
    for _ in range(2):
        send(key, group("u1"), bare, {**bare, "event": "Other"})
    turn = work_off()
    assert (turn.stored, turn.duplicates) == (2, 2)


def test_an_event_waits_until_somebody_names_its_account(acme: Tenant) -> None:
    _source, key = source()
    send(key, track("u1"), track(None, anonymousId="browser-7"), track("u2"))
    assert (work_off().held, UsageEvent.objects.count()) == (3, 0)
    send(key, group("u1"))
    assert work_off().stored == 1
    send(key, group("u9"), {"type": "alias", "userId": "u9", "previousId": "browser-7"})
    assert work_off().stored == 1
    assert HeldEvent.objects.count() == 1
    assert RawBatch.objects.order_by("pk").values_list("stored_count", "held_count").first() == (2, 1)
    assert usage()["acct-1", "events", TODAY] == (2, 2)


def test_an_event_that_names_its_account_waits_for_that_account(acme: Tenant) -> None:
    _source, key = source()
    send(key, group("u1", "home"), track("u1", context={"groupId": "away"}), track(None, context={"groupId": "away"}))
    assert work_off().held == 2
    make.account(external_id="away")
    services.tidy(as_of=AS_OF)
    assert usage() == {("away", "event_report_opened", TODAY): (2, 1), ("away", "events", TODAY): (2, 1)}


def test_groups_make_accounts_and_people_become_contacts(acme: Tenant) -> None:
    _source, key = source()
    make.account(external_id="old", name="Old name", industry="Energy")
    send(
        key,
        group(
            "u1", "new", name="New one", website="https://new.example/home", plan="pro", employees=40, nested={"a": 1}
        ),
        group("u2", "old", name="Renamed"),
        identify("u1", email="ann@new.example", firstName="Ann", lastName="Olsen", title="CTO"),
        identify("u2", email="not an address"),
    )
    work_off()
    new, old = Account.objects.get(external_id="new"), Account.objects.get(external_id="old")
    assert (new.name, new.domain, new.attributes) == ("New one", "new.example", {"plan": "pro", "employees": 40})
    assert (old.name, old.industry) == ("Renamed", "Energy")
    ann = Contact.objects.get(external_id="u1")
    assert (ann.name, ann.email, ann.title, ann.account_id) == ("Ann Olsen", "ann@new.example", "CTO", new.pk)
    assert Contact.objects.get(external_id="u2").email == ""
    assert AuditEvent.objects.filter(verb="events.introduced").count() == 1


def test_a_name_given_by_hand_outlives_repeated_traits(acme: Tenant) -> None:
    _source, key = source()
    send(key, group("u1", name="As sent"))
    work_off()
    facts.revise_account(Account.objects.get(), name="By hand", by=None, as_of=AS_OF)
    send(key, group("u1", name="As sent", at=AS_OF))
    work_off()
    assert Account.objects.get().name == "By hand"


def test_the_later_word_counts_in_whatever_order_it_comes(acme: Tenant) -> None:
    _source, key = source()
    earlier = BEFORE - timedelta(days=1)
    send(key, group("u1", "second", name="Second", plan="new"))
    send(key, group("u1", "first", at=earlier), group("u9", "second", name="Older", size="s", at=earlier))
    send(key, identify("u1", name="Now"))
    send(key, identify("u1", name="Then", phone="1", at=earlier))
    for _ in range(4):
        services.fold_slice(as_of=AS_OF, requests=1)
    second = Account.objects.get(external_id="second")
    assert AppUser.objects.get(external_id="u1").account == second
    assert (second.name, second.attributes) == ("Second", {"plan": "new", "size": "s"})
    assert Contact.objects.values_list("name", "phone").get() == ("Now", "1")


def test_pages_and_screens_are_counted_together(acme: Tenant) -> None:
    _source, key = source()
    page = {**track("u1"), "type": "page", "name": "Pricing", "properties": {"path": "/p"}}
    send(
        key, group("u1"), page, {**page, "messageId": "2", "name": "Home"}, {**page, "messageId": "3", "type": "screen"}
    )
    work_off()
    assert usage()["acct-1", "event_page_viewed", TODAY] == (2, 1)
    assert usage()["acct-1", "event_screen_viewed", TODAY] == (1, 1)
    assert {"name": "Home", "path": "/p"} in [event.properties for event in UsageEvent.objects.all()]


def test_names_beyond_the_cap_are_counted_together(acme: Tenant) -> None:
    EventPolicy.objects.create(most_names=3)
    _source, key = source()
    send(key, group("u1"), *(track("u1", f"Name {number}") for number in range(6)))
    assert work_off().stored == 6
    assert EventName.objects.count() == 4  # three, and the one for all others
    assert usage()["acct-1", "event_other", TODAY] == (3, 1)
    assert usage()["acct-1", "events", TODAY] == (6, 1)


@pytest.mark.parametrize(
    "names", [("Login", "login"), ("a b", "a_b"), ("آغاز", "پایان"), ("other", "Other"), ("x" * 200, "x" * 199)]
)
def test_names_that_look_alike_stay_apart(acme: Tenant, names: tuple[str, str]) -> None:
    _source, key = source()
    send(key, group("u1"), *(track("u1", name) for name in names))
    work_off()
    assert [users for (_a, metric, _d), users in usage().items() if metric != "events"] == [(1, 1), (1, 1)]


def test_events_of_a_merged_account_go_to_its_survivor(acme: Tenant) -> None:
    _source, key = source()
    survivor = make.account(external_id="survivor")
    make.account(external_id="gone", status="merged", merged_into=survivor)
    send(key, group("u1", "gone"), track("u1"), track(None, context={"groupId": "gone"}))
    assert work_off().stored == 2
    assert {account for account, _metric, _day in usage()} == {"survivor"}


def test_only_the_accounts_that_events_touched_are_noted_and_scored(acme: Tenant) -> None:
    untouched = make.account()
    _source, key = source()
    send(key, group("u1"), track("u1"))
    work_off()
    touched = Account.objects.get(external_id="acct-1")
    assert list(ChangedAccount.objects.values_list("account_id", flat=True)) == [touched.pk]
    send(key, track("u1", at=AS_OF - timedelta(days=40)))
    work_off()
    assert pipeline.follow_changes(as_of=AS_OF) == 1
    assert pipeline.follow_changes(as_of=AS_OF) == 0
    assert sql.rows("select account_id from health_accounthealth") == [(touched.pk,)]
    assert untouched.pk != touched.pk


@pytest.mark.usefixtures("committed_acme")
def test_a_late_event_finds_the_month_it_belongs_to() -> None:
    _source, key = source()
    late = AS_OF - timedelta(days=200)
    send(key, group("u1"), track("u1", at=late), track("u1"))
    work_off()
    places = "select distinct tableoid::regclass::text from events_usageevent order by 1"
    assert sql.rows(places) == [("events_usageevent_default",)]
    keep_months(["acme"], as_of=AS_OF)
    assert sql.rows(places) == [("events_usageevent_2026_05",), ("events_usageevent_2026_11",)]
    assert usage()["acct-1", "events", str(late.date())] == (1, 1)
    send(key, track("u1", at=late))
    work_off()
    assert usage()["acct-1", "events", str(late.date())] == (2, 1)
    EventPolicy.objects.create(kept_months=3)
    keep_months(["acme"], as_of=AS_OF)
    assert sql.rows(places) == [("events_usageevent_2026_11",)]
    assert usage()["acct-1", "events", str(late.date())] == (2, 1)  # what was summed up stays


@pytest.mark.usefixtures("committed_acme")
def test_four_senders_three_times_shuffled_and_every_event_counts_once() -> None:
    _source, key = source()
    chance = random.Random(5)
    users = [f"u{number}" for number in range(40)]
    events = [
        track(chance.choice(users), f"Name {chance.randrange(5)}", at=BEFORE - timedelta(hours=chance.randrange(200)))
        for _ in range(600)
    ]
    said = [group(user, f"acct-{number % 7}") for number, user in enumerate(users)]
    problems: list[BaseException] = []

    def sender(seed: int) -> None:
        own = random.Random(seed)
        try:
            with schema_context("acme"):
                for _round in range(3):
                    mixed = own.sample([*events, *said], k=len(events) + len(said))
                    for start in range(0, len(mixed), 40):
                        send(key, *mixed[start : start + 40])
                        if own.random() < 0.3:
                            work_off()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=sender, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work_off()
    assert problems == []
    assert UsageEvent.objects.count() == len(events) == SeenMessage.objects.count()
    assert (HeldEvent.objects.count(), RejectedEvent.objects.count()) == (0, 0)
    assert usage() == recounted()
    assert not RawBatch.objects.exclude(state="folded").exists()


@pytest.mark.usefixtures("committed_acme")
def test_turns_that_only_count_go_side_by_side_and_who_says_who_is_who_goes_alone() -> None:
    _source, key = source()
    send(key, group("u1"), track("u1"))
    work_off()
    with transaction.atomic():
        folding.take_turns(alone=False)
        send_elsewhere(key, track("u1"))
        assert elsewhere(lambda: services.fold_slice(as_of=AS_OF)).stored == 1
        send_elsewhere(key, group("u2"))
        with pytest.raises(OperationalError, match="lock timeout"):
            elsewhere(lambda: services.fold_slice(as_of=AS_OF))
    assert work_off().requests == 1
    assert usage() == recounted()


def elsewhere(work: Callable[[], Any]) -> Any:
    """Do it over a connection of its own, which does not wait for long."""
    told: list[Any] = []

    def run() -> None:
        try:
            with schema_context("acme"), connection.cursor() as cursor:
                cursor.execute("set lock_timeout = '1s'")
                told.append(work())
        except OperationalError as error:
            told.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(told[0], OperationalError):
        raise told[0]
    return told[0]


def send_elsewhere(key: str, *events: Any) -> None:
    elsewhere(lambda: send(key, *events))


@pytest.mark.usefixtures("committed_acme")
def test_a_turn_that_breaks_leaves_everything_as_it_was() -> None:
    _source, key = source()
    send(key, group("u1"), track("u1"))
    with transaction.atomic():
        assert services.fold_slice(as_of=AS_OF).stored == 1
        transaction.set_rollback(True)
    assert (UsageEvent.objects.count(), SeenMessage.objects.count(), usage()) == (0, 0, {})
    assert work_off().stored == 1


@pytest.mark.usefixtures("committed_acme")
def test_a_request_that_cannot_be_worked_off_stands_aside_and_harms_no_other() -> None:
    _source, key = source()
    send(key, group("u1"), track("u1"))
    stuck = send(key, track("u1"))
    send(key, track("u1"))
    RawBatch.objects.filter(pk=stuck).update(body='{"batch": "something that the gate lets nobody send"}')
    assert work_off().stored == 2
    row = RawBatch.objects.get(pk=stuck)
    assert (row.state, "batch" in row.error) == ("failed", True)
    RawBatch.objects.filter(pk=stuck).update(body=batch(track("u1")))
    services.retry_batch(row, by=None, as_of=AS_OF)
    assert work_off().stored == 1


def test_a_source_says_when_it_was_last_heard(acme: Tenant) -> None:
    heard, key = source()
    send(key, track("u1"))
    work_off()
    assert Source.objects.get(pk=heard.pk).last_received_at == AS_OF


def test_another_tenant_s_key_opens_nothing_here(acme: Tenant, inside: Inside) -> None:
    with inside("globex"):
        _source, theirs = source()
    with pytest.raises(services.Refusal) as refusal:
        receive(theirs, batch(track("u1")))
    assert (refusal.value.status, RawBatch.objects.count()) == (401, 0)


def many(**fields: Any) -> list[dict[str, Any]]:
    return [track("u1", **fields) for _ in range(3)]


def test_the_number_of_statements_does_not_grow_with_events(acme: Tenant, count_queries: Callable[..., int]) -> None:
    _source, key = source()
    send(key, group("u1"), *many())
    few = count_queries(lambda: services.fold_slice(as_of=AS_OF))
    send(key, group("u2"), *[event for number in range(20) for event in many(event=f"Name {number}")])
    send(key, group("u2"), *[track(f"u{number}") for number in range(50)])
    assert count_queries(lambda: services.fold_slice(as_of=AS_OF)) <= few
