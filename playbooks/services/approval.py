"""Lets a version run, or sends it back: always somebody other than its author, always on exactly what was submitted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from cshub.audit import services as audit
from cshub.kernel.refusal import Refused
from cshub.users.models import User
from cshub.work.wake import wake_pipeline
from playbooks.models import Approval, Playbook, PlaybookVersion
from playbooks.services.contents import hash_of

State = PlaybookVersion.State


class CannotDecide(Refused):
    """The decision cannot be taken."""

    code = "cannot_decide"


class OwnWork(CannotDecide):
    """Nobody decides about their own version, not even the only administrator."""

    code = "own_work"


class AlreadyApproved(CannotDecide):
    """There is an approval, and one is enough."""

    code = "already_approved"


class NotSubmitted(CannotDecide):
    """Nobody asked for a decision."""

    code = "not_submitted"


class ContentChanged(CannotDecide):
    """What would be approved is not what was submitted."""

    code = "content_changed"


class ReasonMissing(CannotDecide):
    """The author has to learn what to change."""

    code = "reason_missing"


@transaction.atomic
def approve(version: PlaybookVersion, *, by: User, as_of: datetime, note: str = "", content_hash: str = "") -> Approval:
    """Let this version run. From here its goal, outcome, horizon and holdout share cannot change: the approval is the pre-registration.

    `content_hash`, where given, is the hash of what the approver looked at. The version that ran before is retired. Raises OwnWork, AlreadyApproved, NotSubmitted, ContentChanged.
    """
    kept = _decidable(version, by=by)
    if content_hash not in ("", kept.content_hash):
        raise ContentChanged(_("This version was submitted anew since you looked at it. Look again before you decide."))
    earlier = PlaybookVersion.objects.filter(playbook=kept.playbook_id, state__in=[State.ACTIVE, State.PAUSED])
    retired = list(earlier.select_for_update().values_list("number", flat=True))
    earlier.update(state=State.RETIRED)
    approval = _decide(kept, Approval.Decision.APPROVED, reason=note, by=by, as_of=as_of)
    kept.state, kept.activated_at = State.ACTIVE, as_of
    kept.save(update_fields=["state", "activated_at"])
    audit.record(
        "playbook_version.approved",
        target=kept,
        by=by,
        at=as_of,
        after={"content_hash": kept.content_hash, "note": note, "retired": retired},
    )
    wake_pipeline(due_at=as_of)
    version.refresh_from_db()
    return approval


@transaction.atomic
def return_to_author(version: PlaybookVersion, *, by: User, as_of: datetime, note: str) -> Approval:
    """Send a submitted version back with what has to change. Raises ReasonMissing, OwnWork, AlreadyApproved, NotSubmitted, ContentChanged."""
    if not note.strip():
        raise ReasonMissing(_("Write what the author should change."), field="note")
    kept = _decidable(version, by=by)
    decision = _decide(kept, Approval.Decision.RETURNED, reason=note.strip(), by=by, as_of=as_of)
    kept.state = State.RETURNED
    kept.save(update_fields=["state"])
    audit.record("playbook_version.returned", target=kept, by=by, at=as_of, after={"reason": note.strip()})
    version.refresh_from_db()
    return decision


def _decidable(version: PlaybookVersion, *, by: User) -> PlaybookVersion:
    Playbook.objects.select_for_update().get(pk=version.playbook_id)  # two versions of one playbook wait for each other
    kept = (
        PlaybookVersion.objects.select_for_update(of=("self",)).select_related("playbook", "author").get(pk=version.pk)
    )
    if kept.author_id == by.pk:
        raise OwnWork(_("You wrote this version, so somebody else has to decide about it."))
    approval = kept.approvals.filter(decision=Approval.Decision.APPROVED).select_related("decided_by").first()
    if approval is not None:
        raise AlreadyApproved(
            _("%(name)s approved this version on %(date)s.")
            % {"name": approval.decided_by, "date": formats.date_format(approval.decided_at)}
        )
    if kept.state != State.SUBMITTED:
        raise NotSubmitted(
            _("Version %(number)s is %(state)s; only a submitted version can be decided about.")
            % {"number": kept.number, "state": kept.get_state_display().lower()}
        )
    if hash_of(kept) != kept.content_hash:
        raise ContentChanged(_("This version was changed after it was submitted. Let its author submit it again."))
    return kept


def _decide(
    version: PlaybookVersion, decision: Approval.Decision, *, reason: str, by: User, as_of: datetime
) -> Approval:
    return Approval.objects.create(
        version=version,
        author=version.author,
        decided_by=by,
        decision=decision,
        reason=reason,
        content_hash=version.content_hash,
        decided_at=as_of,
    )
