"""People watch events arrive, settle what waits, and open and close sources; each role as far as it may."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.ingest.events import services
from accounts.ingest.events.invariants import INVARIANTS
from accounts.ingest.events.models import EventPolicy, RawBatch, RejectedEvent, Source, UsageEvent
from cshub.audit.models import AuditEvent
from cshub.db import sql
from cshub.demo.events import send_events
from cshub.tenancy.models import Tenant
from tests import cast
from tests.accounts import make
from tests.events.sending import AS_OF, batch, group, send, source, track, work_off


@pytest.fixture
def ada(acme: Tenant, client: Client) -> Client:
    client.force_login(cast.ada())
    return client


@pytest.fixture
def root(acme: Tenant, client: Client) -> Client:
    client.force_login(cast.root())
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_what_became_of_each_event_is_shown(ada: Client) -> None:
    _source, key = source(name="Web application")
    send(
        key, group("u1"), track("u1", "Report opened"), track("u7", "Held one"), track("u1", "", properties={"odd": 1})
    )
    send(key, again := track("u1", "Sent twice"), again)
    waiting = text(ada.get("/events/"))
    assert waiting.count("Waiting ") >= 6
    work_off()
    send(key, track("u1", "Just arrived"))
    shown = text(ada.get("/events/"))
    for words in (
        "Report opened track u1 Stored",
        "Held one track u7 Waiting for its account",
        "group u1 Applied",
        "In quarantine",
        "Seen before",
        "Just arrived track u1 Waiting",
    ):
        assert words in shown, words


def test_the_list_asks_for_itself_and_gets_the_part_alone(ada: Client) -> None:
    page = ada.get("/events/").content.decode()
    assert 'hx-trigger="every 1s"' in page
    part = ada.get("/events/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'id="arrivals"' in part


def test_where_there_is_no_event_yet_the_way_to_the_first_is_shown(ada: Client, client: Client) -> None:
    assert "Ask an admin for a source" in text(ada.get(reverse("events")))
    client.force_login(cast.root())
    assert f'href="{reverse("settings_sources")}">Create a source</a>' in client.get(reverse("events")).content.decode()


def test_a_source_without_events_is_not_told_from_scratch(ada: Client) -> None:
    sender, _key = source()
    page = text(ada.get(reverse("events"), {"source": sender.pk}))
    assert "None of the latest events is like this" in page
    assert "No events yet" not in page


def test_the_list_of_one_source(ada: Client) -> None:
    for name in ("One", "Other"):
        _source, key = source(name=name)
        send(key, track("u1", f"Event of {name}"))
    shown = text(ada.get("/events/", {"source": str(Source.objects.get(name="One").pk)}))
    assert "Event of One" in shown
    assert "Event of Other" not in shown


@pytest.mark.parametrize("odd", ["a\x00b", "\ud83d", "plain"])
def test_an_event_is_shown_whole_whatever_it_holds(ada: Client, odd: str) -> None:
    _source, key = source()
    kept = send(key, group("u1"), track("u1", properties={"text": odd, "html": "<script>"}))
    work_off()
    assert ada.get("/events/").status_code == 200
    answer = ada.get(f"/events/{kept}/1/")
    assert answer.status_code == 200
    assert "&lt;script&gt;" in answer.content.decode()
    assert ada.get(f"/events/{kept}/7/").status_code in (200, 404)
    assert ada.get("/events/999999999999/1/").status_code == 404


def test_an_event_in_quarantine_is_replayed_or_dismissed(ada: Client) -> None:
    _source, key = source()
    send(key, group("u1"), track("u1", at=AS_OF - timedelta(days=900)), track("u1", ""))
    work_off()
    page = text(ada.get("/events/quarantine/"))
    assert "lies before the months that are kept" in page
    assert "The event has no name" in page
    EventPolicy.objects.create(kept_months=60)
    ada.post(reverse("event_replay", args=[RejectedEvent.objects.get(code="too_old").pk]))
    ada.post(reverse("event_dismissal", args=[RejectedEvent.objects.get(code="no_name").pk]))
    services.fold_waiting(clock=cast.clock)
    assert UsageEvent.objects.count() == 1
    assert "Nothing here" in text(ada.get("/events/quarantine/"))
    assert "The event has no name" in text(ada.get("/events/quarantine/", {"state": "dismissed"}))
    again = ada.post(reverse("event_replay", args=[RejectedEvent.objects.get(code="no_name").pk]), follow=True)
    assert "no longer in quarantine" in text(again)
    assert set(AuditEvent.objects.filter(verb__startswith="rejected_event").values_list("verb", flat=True)) == {
        "rejected_event.replayed",
        "rejected_event.dismissed",
    }


def test_an_event_that_is_still_bad_comes_back_and_says_so(ada: Client) -> None:
    _source, key = source()
    send(key, group("u1"), track("u1", ""))
    work_off()
    ada.post(reverse("event_replay", args=[RejectedEvent.objects.get().pk]))
    services.fold_waiting(clock=cast.clock)
    back = RejectedEvent.objects.get()
    assert (back.state, back.settled_at, back.settled_by, back.arrival_count) == ("waiting", None, None, 2)
    assert text(ada.get("/events/")).count("track u1 In quarantine") == 2


def test_a_stuck_request_is_shown_and_worked_off_again(ada: Client) -> None:
    _source, key = source(name="Web application")
    kept = send(key, group("u1"), track("u1"))
    RawBatch.objects.filter(pk=kept).update(state="failed", error="Something broke")
    assert "of Web application could not be worked off Something broke" in text(ada.get("/events/"))
    ada.post(reverse("event_retry", args=[kept]))
    assert services.fold_waiting(clock=cast.clock).stored == 1


def test_a_new_source_s_key_is_shown_once_and_opens_the_door(root: Client) -> None:
    answer = root.post("/settings/sources/", {"name": "Web application", "events_a_minute": "1000"})
    (key,) = re.findall(r"cwk_[0-9a-f]{8}_[\w-]{43}", answer.content.decode())
    assert key not in root.get("/settings/sources/").content.decode()
    sent = Client(headers={"host": "acme.testserver"}).post(
        "/v1/batch", batch(track("u1"), writeKey=key), content_type="text/plain"
    )
    assert sent.status_code == 200
    assert not AuditEvent.objects.filter(after__icontains=key).exists()
    twice = root.post("/settings/sources/", {"name": "Web application", "events_a_minute": "1000"})
    assert (twice.status_code, "exists already" in text(twice)) == (422, True)


def test_a_source_gets_a_new_key_and_is_switched_off_and_on(root: Client) -> None:
    made, old = source()
    answer = root.post(reverse("settings_source_rotation", args=[made.pk]))
    (new,) = re.findall(r"cwk_[0-9a-f]{8}_[\w-]{43}", answer.content.decode())
    assert new != old
    assert "old key works until" in text(root.get("/settings/sources/"))
    assert send(old, track("u1"), as_of=cast.clock()) is not None
    root.post(reverse("settings_source_rotation", args=[made.pk]), {"old_key": "0"})
    with pytest.raises(services.Refusal):
        send(new, track("u1"), as_of=cast.clock())
    root.post(reverse("settings_source_rotation", args=[made.pk]), {"old_key": "9"})
    assert AuditEvent.objects.filter(verb="source.key_rotated").count() == 2
    root.post(reverse("settings_source_state", args=[made.pk]))
    assert not Source.objects.get(pk=made.pk).is_active
    root.post(reverse("settings_source_state", args=[made.pk]), {"on": "1"})
    assert Source.objects.get(pk=made.pk).is_active


def test_a_key_is_rotated_over_the_api(acme: Tenant, client: Client) -> None:
    made, old = source()
    key, address = cast.ivy(of=cast.root()), f"/api/v1/sources/{made.pk}/rotation/"

    def rotate(**fields: str) -> Any:
        return client.post(address, fields, content_type="application/json", headers=key)

    until = cast.clock() + timedelta(hours=2)
    answer = rotate(old_key_until=until.isoformat())
    assert (answer.status_code, answer.json()["previous_until"][:16]) == (201, until.isoformat()[:16])
    new = answer.json()["secret"]
    for each in (old, new):
        assert send(each, track("u1"), as_of=cast.clock()) is not None
    with pytest.raises(services.Refusal):
        send(old, track("u1"), as_of=until)
    assert rotate(old_key_until=cast.AS_OF.isoformat()).status_code == 201
    with pytest.raises(services.Refusal):
        send(new, track("u1"), as_of=cast.clock())
    late = rotate(old_key_until=(cast.clock() + timedelta(days=91)).isoformat())
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (409, "/old_key_until")
    assert client.post(address, {}, content_type="application/json", headers=cast.ivy(of=cast.ada())).status_code == 403
    told = AuditEvent.objects.filter(verb="source.key_rotated").latest("seq")
    assert told.before["prefix"] in new
    assert new not in str([told.before, told.after])


def test_how_long_events_are_kept_is_chosen_here(root: Client) -> None:
    assert root.get("/settings/sources/retention/").status_code == 200
    assert root.post("/settings/sources/retention/", {"kept_months": "0"}).status_code == 422
    root.post(
        "/settings/sources/retention/", {"kept_months": "12", "raw_days": "3", "held_days": "9", "most_names": "50"}
    )
    assert services.policy() == services.Policy(12, 3, 9, 50)


def test_sources_and_quarantine_over_the_api(acme: Tenant, client: Client) -> None:
    admin = cast.root()
    key = cast.ivy(of=admin)
    made = client.post("/api/v1/sources/", {"name": "Backend"}, content_type="application/json", headers=key)
    assert made.status_code == 201
    send(made.json()["secret"], track("u1", ""))
    work_off()
    assert client.get("/api/v1/sources/", headers=key).json()["data"][0]["secret"] is None
    (row,) = client.get("/api/v1/rejected_events/", headers=key).json()["data"]
    assert (row["code"], row["reason"]) == ("no_name", "The event has no name. Send it in “event”.")
    csm = cast.ivy(of=cast.ada())
    assert (
        client.post("/api/v1/sources/", {"name": "x"}, content_type="application/json", headers=csm).status_code == 403
    )


def test_the_demo_shows_every_fate_and_invariants_hold(ada: Client) -> None:
    for number in range(3):
        make.account(external_id=f"demo-{number}", status="active")
    send_events(as_of=AS_OF)
    shown = text(ada.get("/events/"))
    for word in ("Stored", "Applied", "Waiting for its account", "In quarantine"):
        assert word in shown
    assert {each.name: each.violations() for each in INVARIANTS} == {each.name: [] for each in INVARIANTS}


@pytest.mark.parametrize(
    "tampering",
    [
        "update accounts_usagedaily set value = value + 1 where metric_id = 'events'",
        "delete from events_usageevent",
        "update events_rawbatch set stored_count = stored_count + 1000",
    ],
)
def test_what_does_not_add_up_is_found(acme: Tenant, tampering: str) -> None:
    _source, key = source()
    send(key, group("u1"), track("u1", at=AS_OF), track("u1", at=AS_OF - timedelta(days=3)))
    work_off()
    assert not any(each.violations() for each in INVARIANTS)
    sql.execute(tampering)
    assert any(each.violations() for each in INVARIANTS)
