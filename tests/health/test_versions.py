"""A formula that people write scores nobody before somebody else has seen what it changes and approved it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import CustomField
from cshub.audit.models import AuditEvent
from cshub.users import four_eyes
from health.invariants import INVARIANTS
from health.models import AccountHealth, HealthScore, Scorecard, ScorecardDecision, ScorecardPreview, ScorecardVersion
from health.scorecards import approval, previews, versions
from health.scorecards.checking import BadDefinition
from health.services import NeedsApproval, activate, draft_version, score_accounts
from tests.health import make
from tests.playbooks import make as work

pytestmark = pytest.mark.usefixtures("acme")
NOW = make.AS_OF
TURNED = make.document(make.group(make.measure(low=10, high=0)))


def draft(definition: dict[str, Any] | None = None, **fields: Any) -> ScorecardVersion:
    scorecard = Scorecard.objects.first() or make.active_version().scorecard
    return draft_version(scorecard, definition=definition or TURNED, by=work.ada(), as_of=NOW, **fields)


def submitted() -> ScorecardVersion:
    version = draft()
    previews.preview_version(version, by=work.ada(), as_of=NOW)
    return versions.submit(version, by=work.ada(), as_of=NOW)


def test_from_a_draft_to_scores_by_two_people():
    before = make.active_version()
    make.answered(make.account(), 2)
    version = submitted()
    assert (version.state, version.submitted_at) == ("submitted", NOW)
    score_accounts(as_of=NOW)
    assert AccountHealth.objects.get().version == before

    decision = approval.approve(version, by=work.grace(), as_of=NOW, note="Agreed", preview=version.preview.digest)

    assert (version.state, version.activated_by, decision.preview) == ("active", work.grace(), version.preview)
    before.refresh_from_db()
    assert before.state == "retired"
    score_accounts(as_of=NOW + timedelta(days=1))
    assert AccountHealth.objects.values_list("version", "score", "band").get() == (version.pk, 80, "good")
    verbs = list(AuditEvent.objects.order_by("seq").values_list("verb", flat=True))
    assert verbs[-5:] == [
        *("scorecard.drafted", "scorecard.previewed", "scorecard.submitted"),
        *("scorecard.activated", "scorecard.approved"),
    ]
    assert [found for each in INVARIANTS for found in each.violations()] == []


def test_nobody_approves_their_own_formula_and_the_database_refuses_it_too():
    version = submitted()
    with pytest.raises(four_eyes.OwnWork, match="somebody else has to decide"):
        approval.approve(version, by=work.ada(), as_of=NOW)
    with pytest.raises(IntegrityError, match="who_decides_did_not_write_the_formula"), transaction.atomic():
        ScorecardDecision.objects.create(
            version=version, author=work.ada(), decided_by=work.ada(), decision="approved", definition_hash="x",
            preview=version.preview, decided_at=NOW,
        )  # fmt: skip
    with pytest.raises(NeedsApproval):
        activate(draft(), by=work.grace(), as_of=NOW)


def test_submitting_needs_a_preview_of_this_formula_against_what_is_in_force():
    version = draft()
    with pytest.raises(versions.NoPreview, match="Compute the preview"):
        versions.submit(version, by=work.ada(), as_of=NOW)
    previews.preview_version(version, by=work.ada(), as_of=NOW)
    versions.edit_version(version, definition=make.document(name="Other"), by=work.ada(), as_of=NOW)
    with pytest.raises(versions.NoPreview, match="Compute the preview"):
        versions.submit(version, by=work.ada(), as_of=NOW)
    previews.preview_version(version, by=work.ada(), as_of=NOW)
    with pytest.raises(versions.NoPreview, match="8 days old"):
        versions.submit(version, by=work.ada(), as_of=NOW + timedelta(days=8))
    make.active_version(as_of=NOW)
    with pytest.raises(versions.NoPreview, match="another version came into force"):
        versions.submit(version, by=work.ada(), as_of=NOW)


def test_an_approver_approves_what_they_saw():
    version = submitted()
    seen = version.preview.digest
    make.answered(make.account(), 2)
    previews.preview_version(version, by=work.ada(), as_of=NOW + timedelta(hours=1))
    with pytest.raises(four_eyes.ContentChanged, match="Look again"):
        approval.approve(version, by=work.grace(), as_of=NOW, preview=seen)
    ScorecardVersion.objects.filter(pk=version.pk).update(definition=make.document(name="Slipped in"))
    with pytest.raises(four_eyes.ContentChanged, match="submit it again"):
        approval.approve(version, by=work.grace(), as_of=NOW)


def test_a_version_comes_back_with_a_reason_and_goes_again():
    version = submitted()
    with pytest.raises(four_eyes.ReasonMissing):
        approval.return_to_author(version, by=work.grace(), as_of=NOW, note=" ")
    approval.return_to_author(version, by=work.grace(), as_of=NOW, note="Weigh usage more")
    assert version.state == "returned"
    versions.submit(version, by=work.ada(), as_of=NOW)
    versions.withdraw(version, by=work.ada(), as_of=NOW)
    assert version.state == "draft"
    with pytest.raises(four_eyes.NotSubmitted):
        approval.approve(version, by=work.grace(), as_of=NOW)


@pytest.mark.parametrize("verb", [versions.submit, versions.withdraw])
def test_only_the_author_submits_and_withdraws(verb):
    version = draft()
    with pytest.raises(versions.NotYourVersion, match="Ada"):
        verb(version, by=work.grace(), as_of=NOW)


def test_what_was_in_force_is_neither_edited_nor_previewed():
    version = submitted()
    with pytest.raises(versions.VersionIsFrozen):
        versions.edit_version(version, definition=TURNED, by=work.ada(), as_of=NOW)
    approval.approve(version, by=work.grace(), as_of=NOW)
    with pytest.raises(previews.CannotPreview, match="draft the next version"):
        previews.preview_version(version, by=work.ada(), as_of=NOW)
    with pytest.raises(four_eyes.AlreadyApproved, match="Grace"):
        approval.approve(version, by=work.person("Root", "admin"), as_of=NOW)


def test_a_preview_tells_who_moves_and_why_and_writes_no_verdict():
    make.active_version()
    low, high = make.account(name="Low"), make.account(name="High")
    make.answered(low, 2)
    make.answered(high, 9)
    make.account(name="Silent")
    score_accounts(as_of=NOW)
    written = HealthScore.objects.count()

    found = previews.preview_version(draft(), by=work.ada(), as_of=NOW).content

    flows = {(flow["was_band"], flow["band"]): flow["account_count"] for flow in found["flows"]}
    assert flows == {("risk", "good"): 1, ("good", "risk"): 1, ("unknown", "unknown"): 1}
    assert (found["account_count"], found["changed_count"]) == (3, 2)
    moves = {
        move["name"]: (move["was_band"], move["band"], move["was_score"], move["score"], move["because"])
        for move in found["moves"]
    }
    assert moves == {
        "Low": ("risk", "good", "20.00", "80.00", "nps"),
        "High": ("good", "risk", "90.00", "10.00", "nps"),
    }
    assert HealthScore.objects.count() == written
    assert found["backtest"] == {"days_before": 90, "decided_count": 0, "old": None, "new": None}


def test_the_measure_responsible_is_the_one_whose_share_changed_most():
    two = [make.measure(), make.measure("csat", "survey_csat", low=1, high=5)]
    make.active_version(make.document(make.group(two[0], {**two[1], "weight": 3})))
    account = make.account()
    make.answered(account, 1)
    make.answered(account, 5, kind="csat")
    version = draft(make.document(make.group({**two[0], "weight": 3}, two[1])))
    (move,) = previews.preview_version(version, by=work.ada(), as_of=NOW).content["moves"]
    assert (move["was_band"], move["band"], move["because"]) == ("good", "risk", "csat")


def test_limits_of_bands_are_named_where_they_alone_moved():
    make.active_version()
    make.answered(make.account(), 6)
    version = draft(make.document(bands={"good": 60, "watch": 45}))
    (move,) = previews.preview_version(version, by=work.ada(), as_of=NOW).content["moves"]
    assert (move["because"], move["was_score"], move["score"]) == ("bands", "60.00", "60.00")


def test_a_formula_in_force_that_nobody_approved_is_found():
    ScorecardVersion.objects.filter(pk=submitted().pk).update(state="retired", activated_at=NOW)
    found = [text for each in INVARIANTS for text in each.violations()]
    assert [text.partition(" v2 ")[2] for text in found] == [
        "was in force without somebody else's approval of its formula."
    ]


def test_a_preview_is_kept_for_ever():
    submitted()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        ScorecardPreview.objects.update(digest="x")


def test_a_measure_on_an_archived_field_is_refused_at_its_term():
    CustomField.objects.create(subject="account", key="seats", label="Seats", kind="number", archived_at=NOW)
    wrong = make.document(make.group(make.measure(), make.measure("seats", "attribute:seats")))
    with pytest.raises(BadDefinition, match="archived") as refusal:
        draft(wrong)
    assert refusal.value.field == "groups[0].measures[1].source"


def test_the_number_of_statements_of_a_preview_does_not_grow(count_queries):
    make.active_version()
    version = draft()
    make.answered(make.account(), 2)
    few = count_queries(lambda: previews.preview_version(version, by=work.ada(), as_of=NOW))
    for _ in range(20):
        make.answered(make.account(), 3)
    again = NOW + timedelta(minutes=1)
    assert count_queries(lambda: previews.preview_version(version, by=work.ada(), as_of=again)) == few
