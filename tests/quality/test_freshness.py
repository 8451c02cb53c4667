"""How fresh facts are: by kind, by way in, as a tenant expects them, and what is published on stale ones."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.ingest.connectors.models import Connector, SyncRun
from accounts.ingest.events.models import Source
from accounts.ingest.models import ImportBatch, Kind
from accounts.ingest.quality import services
from accounts.ingest.quality.queries.freshness import USUAL, Freshness, freshness, stale, ways_in
from cshub.audit.models import AuditEvent
from reports import services as reports
from reports.invariants import stale_ones_have_a_reason
from reports.models import FrozenReport
from tests import cast
from tests.accounts import make
from tests.reports import make as proof

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("acme")


def kind(name: str, **more: Any) -> Freshness:
    return next(each for each in freshness(as_of=more.pop("as_of", NOW), **more) if each.kind == name)


def test_what_never_came_is_not_stale() -> None:
    assert {each.state for each in freshness(as_of=NOW)} == {"never"}
    assert [each.kind for each in freshness(as_of=NOW)] == list(USUAL)


def test_a_kind_is_stale_when_nothing_arrived_for_longer_than_its_rhythm() -> None:
    make.interaction(occurred_at=NOW - 20 * DAY, recorded_at=NOW - 13 * DAY)
    assert kind("interactions").state == "fresh"
    assert kind("interactions", as_of=NOW + 2 * DAY).state == "stale"


def test_usage_is_told_until_its_newest_day_however_late_it_came() -> None:
    make.usage(day=(NOW - 10 * DAY).date(), recorded_at=NOW)
    found = kind("usage")
    assert (found.state, found.told_on) == ("stale", (NOW - 10 * DAY).date())


def test_what_was_learned_later_does_not_count_for_an_earlier_moment() -> None:
    make.interaction(occurred_at=NOW, recorded_at=NOW + DAY)
    assert kind("interactions").state == "never"


def test_a_source_that_brought_nothing_new_is_fresh_all_the_same() -> None:
    make.account(recorded_at=NOW - 300 * DAY)
    assert kind("accounts").state == "stale"
    ImportBatch.objects.create(kind="accounts", state="imported", file_name="a.csv", imported_at=NOW - DAY)
    assert kind("accounts").state == "fresh"


def test_each_way_in_says_when_it_last_brought_something() -> None:
    ImportBatch.objects.create(kind="orders", state="imported", file_name="o.csv", imported_at=NOW - 3 * DAY)
    ImportBatch.objects.create(kind="orders", state="undone", file_name="p.csv", imported_at=NOW - DAY)
    desk = Connector.objects.create(name="Desk", adapter="rest", brings="tickets", last_error="It did not answer.")
    SyncRun.objects.create(connector=desk, state="done", started_at=NOW - 9 * DAY, finished_at=NOW - 8 * DAY)
    SyncRun.objects.create(connector=desk, state="failed", started_at=NOW - DAY, finished_at=NOW)
    Source.objects.create(name="App", prefix="p", digest="d", last_received_at=NOW - 2 * DAY)
    found = {(way.way, way.kind): (way.last_at, way.error) for way in ways_in(as_of=NOW)}
    assert found == {
        ("file", "orders"): (NOW - 3 * DAY, ""),
        ("connector", "tickets"): (NOW - 8 * DAY, "It did not answer."),
        ("events", "usage"): (NOW - 2 * DAY, ""),
    }
    assert kind("tickets").state == "fresh"


def test_the_rhythm_is_the_tenants_own_and_its_change_is_on_record() -> None:
    make.interaction(recorded_at=NOW - 5 * DAY)
    grace = cast.grace()
    services.set_rhythms({"interactions": 3, "usage": USUAL[Kind.USAGE]}, by=grace, as_of=NOW)
    assert kind("interactions").state == "stale"
    deed = AuditEvent.objects.get(verb="rhythms.set")
    assert (deed.before, deed.after) == ({"interactions": 14}, {"interactions": 3})
    for wrong in ({"interactions": 0}, {"weather": 3}):
        with pytest.raises(services.UnusableRhythm):
            services.set_rhythms(wrong, by=grace, as_of=NOW)


def test_only_what_a_page_stands_on_is_named() -> None:
    make.interaction(recorded_at=NOW - 50 * DAY)
    make.survey_response(recorded_at=NOW - 500 * DAY)
    among = freshness(as_of=NOW)
    assert [each.kind for each in stale(["usage", "interactions"], among=among)] == ["interactions"]


def test_freshness_costs_two_queries_however_many_facts_there_are(count_queries: Any) -> None:
    few = count_queries(lambda: freshness(as_of=NOW))
    for _number in range(5):
        make.interaction(recorded_at=NOW)
    assert count_queries(lambda: freshness(as_of=NOW)) == few == 2


def test_a_report_on_stale_facts_is_frozen_only_with_a_reason_which_is_kept() -> None:
    run = proof.whole()
    finn = proof.finn()
    services.set_rhythms({"interactions": 1}, by=finn, as_of=proof.KNOWN)
    with pytest.raises(reports.StaleInputs, match="Interactions"):
        reports.freeze(run, by=finn, as_of=proof.KNOWN)
    with pytest.raises(reports.StaleInputs):
        reports.freeze(run, by=finn, as_of=proof.KNOWN, stale_reason="  ")
    frozen = reports.freeze(run, by=finn, as_of=proof.KNOWN, stale_reason="The desk was closed that week.")
    assert frozen.stale_reason == "The desk was closed that week."
    assert [each["kind"] for each in frozen.stale_inputs] == ["interactions"]
    assert AuditEvent.objects.get(verb="report.frozen").after["stale_reason"] == frozen.stale_reason


def test_a_report_on_fresh_facts_keeps_no_reason() -> None:
    frozen = reports.freeze(proof.whole(), by=proof.finn(), as_of=proof.KNOWN, stale_reason="Never mind.")
    assert (frozen.stale_reason, frozen.stale_inputs) == ("", [])


def test_a_frozen_report_on_stale_facts_without_a_reason_is_named() -> None:
    run = proof.whole()
    FrozenReport.objects.create(
        run=run,
        payload="{}",
        digest="0" * 64,
        frozen_by=proof.finn(),
        frozen_at=proof.KNOWN,
        stale_inputs=[{"kind": "usage"}],
    )
    assert stale_ones_have_a_reason() == [f"The frozen report {run} stands on stale facts, and nobody wrote why."]
