"""Writes versions of scorecards: drafted, edited, submitted with a preview, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cshub.audit.services import record
from cshub.kernel.refusal import Refused
from health.engine.definition import canonical_hash
from health.models import Scorecard, ScorecardVersion
from health.scorecards.checking import BadDefinition, checked
from health.scorecards.previews import out_of_date
from health.services import draft_version

if TYPE_CHECKING:
    from datetime import datetime

    from cshub.users.models import User

State = ScorecardVersion.State
EDITABLE = (State.DRAFT, State.RETURNED)


class CannotChangeVersion(Refused):
    """The version cannot be changed like this now."""

    code = "cannot_change_version"


class VersionIsFrozen(CannotChangeVersion):
    """What was submitted or in force is not edited."""

    code = "version_is_frozen"


class NotYourVersion(CannotChangeVersion):
    """Only the author edits and submits: otherwise an approver could approve words of their own."""

    code = "not_your_version"


class NoPreview(CannotChangeVersion):
    """Nobody has seen what the version would change, or the preview says something else by now."""

    code = "no_preview"


class NameTaken(CannotChangeVersion):
    """Another scorecard has this name."""

    code = "name_taken"


@transaction.atomic
def create_scorecard(*, definition: dict[str, Any], by: User, as_of: datetime) -> ScorecardVersion:
    """A new scorecard, named as its definition says, and its first draft. Raises BadDefinition, NameTaken."""
    name = checked(definition).name.strip()
    if len(name) > 200:
        raise BadDefinition(_("The name is longer than 200 characters."), field="name")
    try:
        with transaction.atomic():
            scorecard = Scorecard.objects.create(name=name, created_at=as_of)
    except IntegrityError as error:
        raise NameTaken(
            _("There is a scorecard named “%(name)s” already. Choose another name.") % {"name": name}, field="name"
        ) from error
    return draft_version(scorecard, definition=definition, by=by, as_of=as_of)


@transaction.atomic
def edit_version(
    version: ScorecardVersion, *, definition: dict[str, Any], by: User, as_of: datetime
) -> ScorecardVersion:
    """Change a draft, or a version that came back. A changed formula needs a new preview.

    Raises VersionIsFrozen, NotYourVersion, BadDefinition.
    """
    kept = _locked(version)
    if kept.state not in EDITABLE:
        raise VersionIsFrozen(
            _("Version %(number)s is %(state)s and cannot be edited. Draft the next version.") % _said(kept)
        )
    _own(kept, by)
    checked(definition)
    before = kept.definition_hash
    kept.definition, kept.definition_hash = definition, canonical_hash(definition)
    kept.save(update_fields=["definition", "definition_hash"])
    record(
        "scorecard.edited",
        target=kept,
        by=by,
        at=as_of,
        before={"definition_hash": before},
        after={"definition_hash": kept.definition_hash},
    )
    return _refreshed(version)


@transaction.atomic
def submit(version: ScorecardVersion, *, by: User, as_of: datetime) -> ScorecardVersion:
    """Ask somebody else to approve a draft. Its preview has to be of this formula, against what is in force, and at most a week old.

    Raises VersionIsFrozen, NotYourVersion, NoPreview, BadDefinition.
    """
    kept = _locked(version)
    if kept.state not in EDITABLE:
        raise VersionIsFrozen(_("Only a draft can be submitted; version %(number)s is %(state)s.") % _said(kept))
    _own(kept, by)
    checked(kept.definition)
    if kept.preview is None or kept.preview.definition_hash != kept.definition_hash:
        raise NoPreview(_("Compute the preview of this formula first: whoever approves has to see what it changes."))
    if late := out_of_date(kept.preview, as_of=as_of):
        raise NoPreview(late)
    kept.state, kept.submitted_at = State.SUBMITTED, as_of
    kept.save(update_fields=["state", "submitted_at"])
    after = {"definition_hash": kept.definition_hash, "preview": kept.preview.digest}
    record("scorecard.submitted", target=kept, by=by, at=as_of, after=after)
    return _refreshed(version)


@transaction.atomic
def withdraw(version: ScorecardVersion, *, by: User, as_of: datetime) -> ScorecardVersion:
    """Take a submitted version back into a draft. Raises NotYourVersion, CannotChangeVersion."""
    kept = _locked(version)
    _own(kept, by)
    if kept.state != State.SUBMITTED:
        raise CannotChangeVersion(
            _("Only a submitted version can be withdrawn; version %(number)s is %(state)s.") % _said(kept)
        )
    kept.state = State.DRAFT
    kept.save(update_fields=["state"])
    record("scorecard.withdrawn", target=kept, by=by, at=as_of)
    return _refreshed(version)


def _own(kept: ScorecardVersion, by: User) -> None:
    if kept.author_id != by.pk:
        raise NotYourVersion(
            _("Only %(author)s can change this draft. Draft a version of your own.") % {"author": kept.author or "–"}
        )


def _said(kept: ScorecardVersion) -> dict[str, Any]:
    return {"number": kept.number, "state": kept.get_state_display().lower()}


def _locked(version: ScorecardVersion) -> ScorecardVersion:
    return (
        ScorecardVersion.objects.select_for_update(of=("self",))
        .select_related("scorecard", "author", "preview")
        .get(pk=version.pk)
    )


def _refreshed(version: ScorecardVersion) -> ScorecardVersion:
    version.refresh_from_db()
    return version
