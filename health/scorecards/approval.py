"""Puts a version in force, or sends it back: always somebody other than its author, always on exactly what was previewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from cshub.audit.services import record
from cshub.users.four_eyes import ContentChanged, check_decidable, what_to_change
from health.engine.definition import canonical_hash
from health.models import Scorecard, ScorecardDecision, ScorecardVersion
from health.scorecards.checking import checked
from health.scorecards.previews import out_of_date
from health.services import put_in_force

if TYPE_CHECKING:
    from datetime import datetime

    from cshub.users.models import User

State = ScorecardVersion.State
Decision = ScorecardDecision.Decision


@transaction.atomic
def approve(
    version: ScorecardVersion, *, by: User, as_of: datetime, note: str = "", preview: str = ""
) -> ScorecardDecision:
    """Let this version score all accounts of its scope from the next scoring. From here its formula cannot change.

    `preview`, where given, is the digest of the preview the approver looked at. Raises OwnWork, AlreadyApproved, NotSubmitted,
    ContentChanged (also where another version came into force since the preview), BadDefinition, NoDefault.
    """
    kept = _decidable(version, by=by)
    if kept.preview is None or preview not in ("", kept.preview.digest):
        raise ContentChanged(_("The preview was computed anew since you looked at it. Look again before you decide."))
    if late := out_of_date(kept.preview, as_of=as_of):
        raise ContentChanged(late)
    checked(kept.definition)
    decision = _decide(kept, Decision.APPROVED, reason=note, by=by, as_of=as_of)
    put_in_force(kept, of=State.SUBMITTED, by=by, as_of=as_of)
    after = {"definition_hash": kept.definition_hash, "preview": kept.preview.digest, "note": note}
    record("scorecard.approved", target=kept, by=by, at=as_of, after=after)
    version.refresh_from_db()
    return decision


@transaction.atomic
def return_to_author(version: ScorecardVersion, *, by: User, as_of: datetime, note: str) -> ScorecardDecision:
    """Send a submitted version back with what has to change. Raises ReasonMissing, OwnWork, AlreadyApproved, NotSubmitted, ContentChanged."""
    reason = what_to_change(note)
    kept = _decidable(version, by=by)
    decision = _decide(kept, Decision.RETURNED, reason=reason, by=by, as_of=as_of)
    kept.state = State.RETURNED
    kept.save(update_fields=["state"])
    record("scorecard.returned", target=kept, by=by, at=as_of, after={"reason": reason})
    version.refresh_from_db()
    return decision


def _decidable(version: ScorecardVersion, *, by: User) -> ScorecardVersion:
    list(Scorecard.objects.select_for_update().order_by("pk"))  # two decisions wait for each other, and for a scoring
    kept = (
        ScorecardVersion.objects.select_for_update(of=("self",))
        .select_related("scorecard", "author", "preview")
        .get(pk=version.pk)
    )
    submitted = kept.preview.definition_hash if kept.preview and kept.state == State.SUBMITTED else None
    check_decidable(
        kept, kept.decisions.all(), by=by, submitted_hash=submitted, hash_now=canonical_hash(kept.definition)
    )
    return kept


def _decide(
    version: ScorecardVersion, decision: Decision, *, reason: str, by: User, as_of: datetime
) -> ScorecardDecision:
    assert version.preview is not None  # _decidable saw to it
    return ScorecardDecision.objects.create(
        version=version,
        author=version.author,
        decided_by=by,
        decision=decision,
        reason=reason,
        definition_hash=version.definition_hash,
        preview=version.preview,
        decided_at=as_of,
    )
