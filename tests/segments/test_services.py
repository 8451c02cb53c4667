"""Segments as they are kept: versions, who is in them and was, and what cannot be done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Account, CustomField
from cshub import pipeline
from cshub.audit.models import AuditEvent
from health.segments.invariants import INVARIANTS
from health.segments.models import Segment, SegmentMembership, SegmentTransition
from health.segments.rules import BadRule, RunawayRule, preview, refuse_costly
from health.segments.services import (
    NameTaken,
    NotInUse,
    StillNamed,
    archive_segment,
    create_segment,
    refresh_memberships,
    revise_segment,
)
from health.segments.sql.limits import TookTooLong, within
from tests.segments import make

pytestmark = pytest.mark.usefixtures("acme")
DAY = timedelta(days=1)
T0 = make.AS_OF
T1, T2, T3 = T0 + DAY, T0 + 2 * DAY, T0 + 3 * DAY
POLAND, DACH = make.asks("region", "is", "Poland"), make.asks("region", "is", "DACH")


def nothing_is_broken() -> list[str]:
    return [problem for invariant in INVARIANTS for problem in invariant.violations()]


def test_a_new_segment_knows_its_members_at_once():
    make.account(name="Port Północny", region="Poland")
    make.account(name="Contoso", region="DACH")
    segment = make.segment(POLAND)
    assert make.members(segment) == {"Port Północny"}
    assert (segment.member_count, segment.refreshed_at, segment.current.number) == (1, T0, 1)


def test_membership_is_kept_as_intervals():
    account = make.account(name="Port", region="Poland")
    segment = make.segment(POLAND)
    Account.objects.filter(pk=account.pk).update(region="DACH")
    refresh_memberships(as_of=T1)
    Account.objects.filter(pk=account.pk).update(region="Poland")
    refresh_memberships(as_of=T2)
    kept = SegmentMembership.objects.order_by("entered_at").values_list("entered_at", "left_at")
    assert list(kept) == [(T0, T1), (T2, None)]
    held = {at: SegmentMembership.objects.at(at).count() for at in (T0 - DAY, T0, T1 - DAY / 2, T1, T2, T3)}
    assert held == {T0 - DAY: 0, T0: 1, T1 - DAY / 2: 1, T1: 0, T2: 1, T3: 1}
    moves = SegmentTransition.objects.order_by("occurred_at").values_list("kind", "cause", "occurred_at")
    assert list(moves) == [("entered", "rule", T0), ("left", "account", T1), ("entered", "account", T2)]
    assert list(segment.sizes.order_by("day").values_list("member_count", flat=True)) == [1, 0, 1]
    assert nothing_is_broken() == []


def test_a_second_refresh_of_the_same_moment_or_an_earlier_one_writes_nothing():
    make.account(region="Poland")
    make.segment(POLAND)
    make.account(region="Poland")
    assert refresh_memberships(as_of=T1).entered_count == 1
    for again in (T1, T0):
        assert refresh_memberships(as_of=again).entered_count == 0
    assert SegmentTransition.objects.count() == 2


def test_a_changed_rule_is_a_version_and_its_moves_say_so():
    make.account(name="Port", region="Poland")
    make.account(name="Contoso", region="DACH")
    segment = make.segment(POLAND)
    segment = revise_segment(segment, definition=DACH, by=None, as_of=T1)
    assert segment.current.number == 2
    assert make.members(segment) == {"Contoso"}
    assert set(SegmentTransition.objects.filter(occurred_at=T1).values_list("kind", "cause")) == {
        ("left", "rule"),
        ("entered", "rule"),
    }
    assert revise_segment(segment, definition=DACH, name="Other", by=None, as_of=T2).current.number == 2
    assert AuditEvent.objects.filter(verb="segment.revised").count() == 2


def test_only_the_accounts_that_changed_are_looked_at():
    one, two = make.account(name="One", region="DACH"), make.account(name="Two", region="DACH")
    segment = make.segment(POLAND)
    Account.objects.update(region="Poland")
    refresh_memberships(as_of=T1, account_ids=[one.pk])
    assert make.members(segment) == {"One"}
    Account.objects.filter(pk=one.pk).update(region="DACH")
    refresh_memberships(as_of=T2, account_ids=[two.pk])
    assert make.members(segment) == {"One", "Two"}
    refresh_memberships(as_of=T3)
    assert make.members(segment) == {"Two"}


def test_coming_and_going_is_claimed_once():
    make.account(region="Poland")
    make.segment(POLAND)
    for expected in (1, 0):
        assert SegmentTransition.objects.unanswered().update(answered_at=T1) == expected


def test_a_field_that_was_archived_stops_the_rule_and_keeps_the_members():
    field = CustomField.objects.create(subject="account", key="plan", label="Plan", kind="text")
    make.account(name="Gold", attributes={"plan": "gold"})
    segment = make.segment(make.asks("custom:plan", "is", "gold"))
    field.archived_at = T0
    field.save()
    assert refresh_memberships(as_of=T1).problem_count == 1
    segment.refresh_from_db()
    assert "field is “custom:plan”, a field that was archived" in segment.problem
    assert make.members(segment) == {"Gold"}
    field.archived_at = None
    field.save()
    refresh_memberships(as_of=T2)
    segment.refresh_from_db()
    assert (segment.problem, segment.refreshed_at) == ("", T2)


def test_a_broken_rule_does_not_stop_the_others():
    field = CustomField.objects.create(subject="account", key="plan", label="Plan", kind="text")
    make.segment(make.asks("custom:plan", "known"))
    good = make.segment(POLAND)
    field.delete()
    make.account(name="Port", region="Poland")
    assert refresh_memberships(as_of=T1).problem_count == 1
    assert make.members(good) == {"Port"}


def test_a_circle_is_refused_when_it_would_close():
    one = make.segment(POLAND, name="One")
    two = make.segment({"segment": str(one.pk)}, name="Two")
    with pytest.raises(BadRule, match="One → Two → One"):
        revise_segment(one, definition={"not": {"segment": str(two.pk)}}, by=None, as_of=T1)


def test_a_segment_that_another_names_is_not_archived():
    one = make.segment(POLAND, name="One")
    two = make.segment({"segment": str(one.pk)}, name="Two")
    with pytest.raises(StillNamed, match="Two"):
        archive_segment(one, by=None, as_of=T1)
    archive_segment(two, by=None, as_of=T1)
    archive_segment(one, by=None, as_of=T2)
    with pytest.raises(NotInUse):
        revise_segment(one, name="Three", by=None, as_of=T3)
    with pytest.raises(BadRule, match="no segment in use"):
        make.segment({"segment": str(one.pk)})


def test_archiving_ends_every_membership_and_keeps_the_past():
    make.account(region="Poland")
    segment = make.segment(POLAND)
    archive_segment(segment, by=None, as_of=T1)
    assert SegmentMembership.objects.at(T0).count() == 1
    assert SegmentMembership.objects.present().count() == 0
    assert nothing_is_broken() == []
    assert refresh_memberships(as_of=T2).entered_count == 0


def test_names_are_unique_whatever_their_case():
    make.segment(POLAND, name="Poland")
    with pytest.raises(NameTaken, match="“ poland”|“poland”"):
        make.segment(POLAND, name=" poland ")
    with pytest.raises(NameTaken):
        create_segment(name="  ", definition=POLAND, by=None, as_of=T0)


def test_a_refused_rule_leaves_nothing_behind():
    with pytest.raises(BadRule) as caught:
        make.segment({"all": [make.asks("arr", "is", float("nan"))]})
    assert caught.value.field == "all[0].value"
    assert Segment.objects.count() == 0


def test_a_preview_counts_and_shows_the_largest_and_its_cost():
    for number in range(12):
        make.account(name=f"Port {number:02}", region="Poland")
    found = preview(POLAND, as_of=T0)
    assert (found.count, len(found.sample), found.sample[0].name) == (12, 10, "Port 00")
    assert found.cost > 0
    assert SegmentMembership.objects.count() == 0


def test_a_rule_that_runs_away_is_stopped_and_the_connection_works_on():
    from cshub.db import sql

    before = sql.rows("show statement_timeout")
    with pytest.raises(TookTooLong), within(20):
        sql.rows("select pg_sleep(5)")
    assert sql.rows("show statement_timeout") == before
    with pytest.raises(RunawayRule, match="estimated to cost"):
        refuse_costly(1e12)


def test_segments_are_told_in_the_flow():
    make.segment(POLAND)
    make.account(name="Port", region="Poland")
    assert pipeline.advance(as_of=T1).segment_moves == 1
    assert pipeline.advance(as_of=T1).segment_moves == 0


def test_the_cost_of_a_refresh_does_not_grow_with_accounts(count_queries):
    make.segment(POLAND)
    for _number in range(2):
        make.account(region="Poland")
    few = count_queries(lambda: refresh_memberships(as_of=T1))
    for _number in range(20):
        make.account(region="Poland")
    assert count_queries(lambda: refresh_memberships(as_of=T2)) == few


def test_another_tenant_sees_nothing(inside):
    make.account(region="Poland")
    segment = make.segment(POLAND)
    with inside("globex"):
        assert Segment.objects.count() == 0
        with pytest.raises(BadRule, match="no segment in use"):
            make.segment({"segment": str(segment.pk)})
