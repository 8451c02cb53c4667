"""Bad input: each event is judged on its own, with a reason and a remedy; what is good goes through."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from accounts.ingest.events import services
from accounts.ingest.events.models import EventPolicy, HeldEvent, RejectedEvent, UsageEvent
from accounts.ingest.events.reading.reasons import REASONS, sentence
from accounts.ingest.events.sql import retention
from cshub.tenancy.models import Tenant
from tests import cast
from tests.accounts import make
from tests.database import AS_OF
from tests.events.sending import BEFORE, group, receive, send, source, track, work_off


def deep(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    for _ in range(levels):
        inner = {"in": inner}
    return inner


BAD: dict[str, tuple[Any, str]] = {
    "a number": (7, "not_an_object"),
    "nothing": (None, "not_an_object"),
    "a list": ([track()], "not_an_object"),
    "no type": ({"userId": "u1"}, "unknown_type"),
    "another type": ({**track(), "type": "purchase"}, "unknown_type"),
    "no name": ({**track(), "event": " "}, "no_name"),
    "a name that is no text": ({**track(), "event": {"a": 1}}, "no_name"),
    "nobody": ({**track(), "userId": None}, "no_user"),
    "an endless ID": (track("u" * 201), "bad_id"),
    "an ID that is a list": ({**track(), "userId": ["u1"]}, "bad_id"),
    "a group without ID": ({"type": "group", "userId": "u1"}, "no_group"),
    "an alias of nobody": ({"type": "alias", "userId": "u1"}, "no_previous"),
    "1970": (track(at="1970-01-01T00:00:00Z"), "too_old"),
    "year 1": (track(at="0001-01-01T00:00:00Z"), "too_old"),
    "2099": (track(at="2099-01-01T00:00:00Z"), "in_future"),
    "year 9999": (track(at="9999-12-31T23:59:59Z"), "in_future"),
    "30 February": (track(at="2026-02-30T00:00:00Z"), "bad_time"),
    "a word as time": (track(at="yesterday"), "bad_time"),
    "an object as time": ({**track(), "timestamp": {}}, "bad_time"),
    "40 kB": (track(properties={"text": "x" * 40_000}), "too_large"),
    "NUL": (track(properties={"text": "a\x00b"}), "bad_text"),
    "NUL in a key": (track(properties={"a\x00b": 1}), "bad_text"),
    "half an emoji": (track(properties={"text": "\ud83d"}), "bad_text"),
    "NaN": (track(properties={"number": float("nan")}), "bad_number"),
    "infinity": (track(properties={"number": float("inf")}), "bad_number"),
    "33 levels": (track(properties=deep(40)), "too_deep"),
    "a list of properties": (track(properties=[1]), "bad_properties"),
}
GOOD: dict[str, Any] = {
    "a number as ID": {**track(), "userId": 17},
    "no message ID": {name: value for name, value in track().items() if name != "messageId"},
    "no time": {**track(), "timestamp": None},
    "a naive time": track(at="2026-11-21T08:00:00"),
    "milliseconds": {**track(), "timestamp": int(BEFORE.timestamp() * 1000)},
    "a time in another zone": track(at="2026-11-21T13:30:00+05:30"),
    "an hour ahead": track(at=AS_OF + timedelta(hours=1)),
    "no properties": track(properties=None),
    "unknown fields": track(zzz=1, integrations={"All": False}),
    "an escaped backslash before u0000": track(properties={"text": "\\u0000"}),
    "right to left": track(event="گزارش باز شد", properties={"متن": "\u202eabc"}),
    "31 levels": track(properties=deep(30)),
    "32 kB": track(properties={"text": "x" * 32_000}),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_event_goes_to_quarantine_and_harms_no_neighbor(acme: Tenant, case: str) -> None:
    event, code = BAD[case]
    _source, key = source()
    receive(key, json.dumps({"batch": [group("u1"), event, track("u1")], "sentAt": AS_OF.isoformat()}))
    turn = work_off()
    assert (turn.stored, turn.rejected) == (1, 1)
    held = RejectedEvent.objects.get()
    assert (held.code, held.state, held.position) == (code, "waiting", 1)
    assert sentence(held.code, held.value).endswith(".")
    if "NaN" not in case and case != "infinity":
        assert json.loads(held.payload) == event


@pytest.mark.parametrize("case", GOOD)
def test_what_clients_send_in_earnest_is_taken(acme: Tenant, case: str) -> None:
    _source, key = source()
    send(key, group("u1"), group("17"), GOOD[case])
    assert (work_off().stored, RejectedEvent.objects.count()) == (1, 0)


def test_every_reason_is_a_sentence() -> None:
    assert {code for _event, code in BAD.values()} | {"no_account"} == set(REASONS)


def test_numbers_too_large_for_anybody_harm_one_event(acme: Tenant) -> None:
    _source, key = source()
    good = json.dumps([group("u1"), track("u1")])[1:-1]
    receive(
        key, f'{{"batch": [{good}, {{"type": "track", "userId": "u1", "event": "x", "properties": {{"n": 1e999}}}}]}}'
    )
    assert (work_off().stored, RejectedEvent.objects.get().code) == (1, "bad_number")


def test_the_same_bad_event_is_in_quarantine_once(acme: Tenant) -> None:
    _source, key = source()
    bad = track("u1", event="")
    for _ in range(3):
        send(key, bad)
    assert work_off().rejected == 3
    assert RejectedEvent.objects.get().arrival_count == 3


def test_an_event_is_replayed_once_its_trouble_is_over(acme: Tenant) -> None:
    _source, key = source()
    old = track("u1", at=AS_OF - timedelta(days=900))
    send(key, group("u1"), old)
    work_off()
    held, root = RejectedEvent.objects.get(), cast.root()
    services.replay(held, by=root, as_of=AS_OF)
    assert (work_off().rejected, UsageEvent.objects.count()) == (1, 0)
    held.refresh_from_db()
    assert held.state == "waiting"  # it came back
    EventPolicy.objects.create(kept_months=36)
    services.replay(held, by=root, as_of=AS_OF)
    assert work_off().stored == 1
    assert UsageEvent.objects.get().occurred_at == AS_OF - timedelta(days=900)
    with pytest.raises(Exception, match="no longer in quarantine"):
        services.replay(held, by=root, as_of=AS_OF)


def test_a_dismissed_event_stays_to_be_read(acme: Tenant) -> None:
    _source, key = source()
    send(key, bad := track("u1", event=""))
    work_off()
    services.dismiss(RejectedEvent.objects.get(), by=cast.root(), as_of=AS_OF)
    send(key, bad)
    work_off()
    assert RejectedEvent.objects.get().state == "dismissed"


def test_who_waits_too_long_for_an_account_goes_to_quarantine_and_can_come_back(acme: Tenant) -> None:
    _source, key = source()
    send(key, track("u1"), track(None, anonymousId="a1", context={"groupId": "later"}))
    work_off()
    later = AS_OF + timedelta(days=31)
    assert services.tidy(as_of=later)["expired"] == 2
    assert (HeldEvent.objects.count(), RejectedEvent.objects.filter(code="no_account").count()) == (0, 2)
    make.account(external_id="later")
    send(key, group("u1", at=AS_OF), as_of=later, sent_at=later)
    for held in RejectedEvent.objects.all():
        services.replay(held, by=None, as_of=later)
    assert work_off(later).stored == 2
    assert set(UsageEvent.objects.values_list("occurred_at", flat=True)) == {BEFORE}


def test_what_is_no_longer_kept_is_forgotten(acme: Tenant) -> None:
    _source, key = source()
    send(key, group("u1"), once := track("u1"))
    work_off()
    assert services.tidy(as_of=AS_OF + timedelta(days=6))["requests"] == 0
    assert services.tidy(as_of=AS_OF + timedelta(days=8))["requests"] == 1
    assert services.tidy(as_of=AS_OF + timedelta(days=700))["messages"] == 0
    send(key, once, as_of=AS_OF + timedelta(days=8))
    assert work_off().duplicates == 1
    assert services.tidy(as_of=AS_OF + timedelta(days=850))["messages"] == 1
    assert not retention.something_waits()
