"""Nothing runs that somebody else has not approved word for word."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from cshub.audit.models import AuditEvent
from cshub.kernel.refusal import Refused
from cshub.users import four_eyes
from playbooks import services
from playbooks.models import Approval, PlaybookVersion
from tests.accounts import make as facts
from tests.playbooks import make
from tests.playbooks.make import MORNING

pytestmark = pytest.mark.usefixtures("acme")


def test_submitting_freezes_tiers_salt_and_hash() -> None:
    for number in range(30):
        facts.contract(arr=1_000 * (number + 1))
    version = make.draft()
    assert (version.salt, version.content_hash, version.strata) == ("", "", [])
    services.submit(version, by=make.ada(), as_of=MORNING)
    assert version.state == "submitted"
    assert len(version.salt) == 32
    assert version.strata == ["10000.00", "21000.00"]
    assert version.content_hash == services.hash_of(version)


def test_few_accounts_are_one_tier() -> None:
    make.due_account()
    assert make.submitted().strata == []


def test_somebody_else_approves_and_it_runs() -> None:
    version = make.submitted()
    approval = services.approve(version, by=make.grace(), as_of=MORNING, note="Fine")
    assert (version.state, version.activated_at) == ("active", MORNING)
    assert (approval.decided_by, approval.content_hash, approval.reason) == (
        make.grace(),
        version.content_hash,
        "Fine",
    )
    assert AuditEvent.objects.filter(verb="playbook_version.approved", actor_id=make.grace().pk).exists()


def test_an_own_version_is_not_approved_even_by_the_only_admin() -> None:
    admin = make.person("Root", "admin")
    version = make.submitted(by=admin)
    with pytest.raises(four_eyes.OwnWork, match="somebody else has to decide"):
        services.approve(version, by=admin, as_of=MORNING)
    with pytest.raises(four_eyes.OwnWork):
        services.return_to_author(version, by=admin, as_of=MORNING, note="x")
    version.refresh_from_db()
    assert version.state == "submitted"


def test_the_database_refuses_an_own_approval_too() -> None:
    version = make.submitted()
    with pytest.raises(IntegrityError, match="the_approver_is_not_the_author"), transaction.atomic():
        Approval.objects.create(
            version=version,
            author=make.ada(),
            decided_by=make.ada(),
            decision="approved",
            content_hash="x",
            decided_at=MORNING,
        )


def test_a_second_approval_is_refused_with_who_and_when() -> None:
    version = make.active()
    with pytest.raises(four_eyes.AlreadyApproved, match=r"Grace approved this version on"):
        services.approve(version, by=make.person("Root", "admin"), as_of=MORNING)


@pytest.mark.parametrize("state", ["draft", "returned"])
def test_only_a_submitted_version_is_decided_about(state: str) -> None:
    version = make.draft()
    PlaybookVersion.objects.filter(pk=version.pk).update(state=state)
    with pytest.raises(four_eyes.NotSubmitted, match="only a submitted version"):
        services.approve(version, by=make.grace(), as_of=MORNING)


def test_a_version_changed_after_it_was_submitted_is_not_approved() -> None:
    version = make.submitted()
    PlaybookVersion.objects.filter(pk=version.pk).update(holdout_share="0.5")
    with pytest.raises(four_eyes.ContentChanged, match="submit it again"):
        services.approve(version, by=make.grace(), as_of=MORNING)


def test_an_approver_approves_what_they_saw() -> None:
    version = make.submitted()
    seen = version.content_hash
    services.withdraw(version, by=make.ada(), as_of=MORNING)
    services.edit_version(version, by=make.ada(), as_of=MORNING, goal="Something else")
    services.submit(version, by=make.ada(), as_of=MORNING)
    with pytest.raises(four_eyes.ContentChanged, match="Look again"):
        services.approve(version, by=make.grace(), as_of=MORNING, content_hash=seen)


def test_an_approved_version_is_never_edited() -> None:
    version = make.active()
    with pytest.raises(services.VersionIsFrozen, match="Make a new version"):
        services.edit_version(version, by=make.ada(), as_of=MORNING, goal="Other")
    with pytest.raises(services.WrongState):
        services.submit(version, by=make.ada(), as_of=MORNING)


def test_returning_needs_a_reason_and_lets_the_author_edit() -> None:
    version = make.submitted()
    with pytest.raises(four_eyes.ReasonMissing, match="what the author should change"):
        services.return_to_author(version, by=make.grace(), as_of=MORNING, note=" ")
    services.return_to_author(version, by=make.grace(), as_of=MORNING, note="Fewer steps")
    assert version.state == "returned"
    services.edit_version(version, by=make.ada(), as_of=MORNING, goal="Better")
    services.submit(version, by=make.ada(), as_of=MORNING)
    services.approve(version, by=make.grace(), as_of=MORNING)
    assert list(version.approvals.order_by("decided_at", "id").values_list("decision", flat=True)) == [
        "returned",
        "approved",
    ]


def test_only_the_author_edits_so_that_nobody_approves_their_own_words() -> None:
    version = make.draft()
    with pytest.raises(services.NotYourVersion, match="Ada"):
        services.edit_version(version, by=make.grace(), as_of=MORNING, goal="Mine")
    newer = services.draft_version(version.playbook, by=make.grace(), as_of=MORNING, goal="Mine")
    assert (newer.number, newer.author, newer.goal) == (2, make.grace(), "Mine")


@pytest.mark.parametrize("before", ["active", "paused"])
def test_approving_retires_the_version_that_ran(before: str) -> None:
    version = make.active()
    PlaybookVersion.objects.filter(pk=version.pk).update(state=before)
    newer = services.draft_version(version.playbook, by=make.ada(), as_of=MORNING)
    services.submit(newer, by=make.ada(), as_of=MORNING)
    services.approve(newer, by=make.grace(), as_of=MORNING)
    version.refresh_from_db()
    assert (version.state, newer.state) == ("retired", "active")


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        (services.pause, "draft"),
        (services.resume, "active"),
        (services.retire, "submitted"),
        (services.withdraw, "active"),
    ],
)
def test_a_verb_that_does_not_fit_the_state_says_which_would(verb, state: str) -> None:  # type: ignore[no-untyped-def]
    version = make.draft()
    PlaybookVersion.objects.filter(pk=version.pk).update(state=state)
    with pytest.raises(services.WrongState, match="possible only while"):
        verb(version, by=make.ada(), as_of=MORNING)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"trigger": "moon"}, "trigger"),
        ({"trigger_settings": {"days_before": 0}}, "trigger_settings.days_before"),
        ({"trigger_settings": {"days_before": "soon"}}, "trigger_settings.days_before"),
        ({"trigger_settings": {"moon": 1}}, "trigger_settings"),
        ({"trigger_settings": [1]}, "trigger_settings"),
        ({"trigger": "health_drop", "trigger_settings": {"to_bands": ["good"]}}, "trigger_settings.to_bands"),
        ({"trigger": "health_drop", "trigger_settings": {"to_bands": []}}, "trigger_settings.to_bands"),
        ({"audience": {"color": ["red"]}}, "audience"),
        ({"audience": {"status": ["asleep"]}}, "audience.status"),
        ({"audience": {"segment": [1]}}, "audience.segment"),
        ({"audience": {"arr_min": "much"}}, "audience.arr_min"),
        ({"audience": {"arr_min": "NaN"}}, "audience.arr_min"),
        ({"audience": {"arr_min": "9", "arr_max": "3"}}, "audience.arr_min"),
        ({"steps": []}, "steps"),
        ({"steps": "call"}, "steps"),
        ({"steps": [1]}, "steps[0]"),
        ({"steps": [{"title": ""}]}, "steps[0].title"),
        ({"steps": [{"title": "x", "after_days": -1}]}, "steps[0].after_days"),
        ({"steps": [{"title": "x", "minutes": True}]}, "steps[0].minutes"),
        ({"steps": [{"title": "x"}] * 21}, "steps"),
        ({"goal": " "}, "goal"),
        ({"horizon_days": 0}, "horizon_days"),
        ({"holdout_share": "0.9"}, "holdout_share"),
        ({"holdout_share": "many"}, "holdout_share"),
        ({"primary_outcome": "joy"}, "primary_outcome"),
        ({"color": "red"}, "color"),
    ],
)
def test_content_that_cannot_be_is_refused_at_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(services.BadContent) as refusal:
        make.draft(**changes)
    assert refusal.value.field == field


def test_two_playbooks_do_not_share_a_name() -> None:
    make.draft(name="Runway")
    with pytest.raises(services.NameTaken, match="Runway"):
        make.draft(name="Runway")


def test_the_templates_become_drafts_once() -> None:
    first = services.ensure_templates(author=make.ada(), as_of=MORNING)
    again = services.ensure_templates(author=make.grace(), as_of=MORNING)
    assert [version.playbook.name for version in first] == ["Renewal runway", "Health drop"]
    assert [version.pk for version in again] == [version.pk for version in first]
    assert {version.state for version in first} == {"draft"}
    for version in first:
        services.submit(version, by=make.ada(), as_of=MORNING)
        services.approve(version, by=make.grace(), as_of=MORNING)


def test_a_decision_is_kept_for_ever() -> None:
    make.active()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Approval.objects.update(reason="reworded")


def test_every_refusal_is_a_sentence_with_a_code() -> None:
    assert issubclass(four_eyes.OwnWork, Refused)
    assert {four_eyes.OwnWork.code, four_eyes.AlreadyApproved.code} == {"own_work", "already_approved"}
