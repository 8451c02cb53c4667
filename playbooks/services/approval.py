"""Lets a version run, or sends it back: always somebody other than its author, always on exactly what was submitted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cshub.audit import services as audit
from cshub.users.four_eyes import ContentChanged, check_decidable, what_to_change
from cshub.users.models import User
from cshub.work.wake import wake_pipeline
from playbooks.models import Approval, Playbook, PlaybookVersion
from playbooks.services.contents import hash_of

State = PlaybookVersion.State


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
    reason = what_to_change(note)
    kept = _decidable(version, by=by)
    decision = _decide(kept, Approval.Decision.RETURNED, reason=reason, by=by, as_of=as_of)
    kept.state = State.RETURNED
    kept.save(update_fields=["state"])
    audit.record("playbook_version.returned", target=kept, by=by, at=as_of, after={"reason": reason})
    version.refresh_from_db()
    return decision


def _decidable(version: PlaybookVersion, *, by: User) -> PlaybookVersion:
    Playbook.objects.select_for_update().get(pk=version.playbook_id)  # two versions of one playbook wait for each other
    kept = (
        PlaybookVersion.objects.select_for_update(of=("self",)).select_related("playbook", "author").get(pk=version.pk)
    )
    submitted = kept.content_hash if kept.state == State.SUBMITTED else None
    check_decidable(kept, kept.approvals.all(), by=by, submitted_hash=submitted, hash_now=hash_of(kept))
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
