"""Writes versions of playbooks: drafted, edited, submitted, taken back, paused, resumed, retired."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models.timeline import Mode
from cshub.audit import services as audit
from cshub.db import sql
from cshub.kernel.refusal import Refused
from cshub.users.models import User
from playbooks.models import Playbook, PlaybookVersion
from playbooks.services.contents import WRITABLE, BadContent, checked, hash_of
from playbooks.sql import triggers

State = PlaybookVersion.State
EDITABLE = (State.DRAFT, State.RETURNED)
LEAST_FOR_TIERS = 30


class CannotChangeVersion(Refused):
    """The version cannot be changed like this now."""

    code = "cannot_change_version"


class VersionIsFrozen(CannotChangeVersion):
    """What was submitted or approved is not edited."""

    code = "version_is_frozen"


class NotYourVersion(CannotChangeVersion):
    """Only the author edits: otherwise an approver could approve words of their own."""

    code = "not_your_version"


class WrongState(CannotChangeVersion):
    """The verb does not fit the state the version is in."""

    code = "wrong_state"


class NameTaken(CannotChangeVersion):
    """Another playbook has this name."""

    code = "name_taken"


@transaction.atomic
def create_playbook(
    *, name: str, by: User, as_of: datetime, mode: str = Mode.PROACTIVE, purpose: str = "", **content: Any
) -> PlaybookVersion:
    """A new playbook and its first draft, which `by` authors. `content` as in `checked`. Raises BadContent, NameTaken."""
    name = name.strip()
    if not name or len(name) > 200:
        raise BadContent(_("Write 1 to %(limit)s characters.") % {"limit": 200}, field="name")
    if mode not in Mode.values:
        raise BadContent(_("%(value)s is neither proactive nor reactive.") % {"value": mode}, field="mode")
    kept = checked(content)
    try:
        with transaction.atomic():
            playbook = Playbook.objects.create(name=name, mode=mode, purpose=purpose.strip(), created_at=as_of)
    except IntegrityError as error:
        raise NameTaken(_("There is a playbook named %(name)s already.") % {"name": name}, field="name") from error
    return _draft(playbook, kept, by=by, as_of=as_of)


@transaction.atomic
def draft_version(playbook: Playbook, *, by: User, as_of: datetime, **changes: Any) -> PlaybookVersion:
    """The next version of a playbook as a draft: what the newest version says, with `changes`. Raises BadContent."""
    Playbook.objects.select_for_update().get(pk=playbook.pk)
    newest = playbook.versions.order_by("-number").first()
    said = {name: getattr(newest, name) for name in WRITABLE} if newest else {}
    return _draft(playbook, checked({**said, **changes}), by=by, as_of=as_of)


@transaction.atomic
def edit_version(version: PlaybookVersion, *, by: User, as_of: datetime, **changes: Any) -> PlaybookVersion:
    """Change a draft, or a version that came back. Raises VersionIsFrozen, NotYourVersion, BadContent."""
    kept = _locked(version)
    if kept.state not in EDITABLE:
        raise VersionIsFrozen(
            _("Version %(number)s is %(state)s and cannot be edited. Make a new version.")
            % {"number": kept.number, "state": kept.get_state_display().lower()}
        )
    if kept.author_id != by.pk:
        raise NotYourVersion(
            _("Only %(author)s can edit this draft. Make a version of your own.") % {"author": kept.author}
        )
    before = audit.snapshot(kept, WRITABLE)
    for name, value in checked({**{name: getattr(kept, name) for name in WRITABLE}, **changes}).items():
        setattr(kept, name, value)
    kept.save(update_fields=WRITABLE)
    audit.record(
        "playbook_version.edited", target=kept, by=by, at=as_of, before=before, after=audit.snapshot(kept, WRITABLE)
    )
    return _refreshed(version)


@transaction.atomic
def submit(version: PlaybookVersion, *, by: User, as_of: datetime, salt: str = "") -> PlaybookVersion:
    """Freeze a draft and ask somebody else to approve it: revenue tiers, salt and content hash are fixed here.

    `salt` is drawn at random unless a simulation gives one. Raises WrongState.
    """
    kept = _locked(version)
    if kept.state not in EDITABLE:
        raise WrongState(
            _("Only a draft can be submitted; version %(number)s is %(state)s.")
            % {"number": kept.number, "state": kept.get_state_display().lower()}
        )
    kept.strata = _tiers(kept)
    kept.salt = salt or secrets.token_hex(16)
    kept.content_hash = hash_of(kept)
    kept.state, kept.submitted_at = State.SUBMITTED, as_of
    kept.save(update_fields=["strata", "salt", "content_hash", "state", "submitted_at"])
    audit.record(
        "playbook_version.submitted",
        target=kept,
        by=by,
        at=as_of,
        after={"content_hash": kept.content_hash, "strata": kept.strata},
    )
    return _refreshed(version)


@transaction.atomic
def withdraw(version: PlaybookVersion, *, by: User, as_of: datetime) -> PlaybookVersion:
    """Take a submitted version back into a draft. Raises NotYourVersion, WrongState."""
    kept = _locked(version)
    if kept.author_id != by.pk:
        raise NotYourVersion(_("Only %(author)s can withdraw this version.") % {"author": kept.author})
    return _move(kept, version, (State.SUBMITTED,), State.DRAFT, verb="withdrawn", by=by, as_of=as_of)


@transaction.atomic
def pause(version: PlaybookVersion, *, by: User, as_of: datetime) -> PlaybookVersion:
    """Enroll nobody and write no further steps until resumed. Raises WrongState."""
    return _move(_locked(version), version, (State.ACTIVE,), State.PAUSED, verb="paused", by=by, as_of=as_of)


@transaction.atomic
def resume(version: PlaybookVersion, *, by: User, as_of: datetime) -> PlaybookVersion:
    """Go on after a pause. Raises WrongState."""
    return _move(_locked(version), version, (State.PAUSED,), State.ACTIVE, verb="resumed", by=by, as_of=as_of)


@transaction.atomic
def retire(version: PlaybookVersion, *, by: User, as_of: datetime) -> PlaybookVersion:
    """Enroll nobody any more; runs under way keep their steps. Raises WrongState."""
    return _move(
        _locked(version), version, (State.ACTIVE, State.PAUSED), State.RETIRED, verb="retired", by=by, as_of=as_of
    )


def _draft(playbook: Playbook, content: dict[str, Any], *, by: User, as_of: datetime) -> PlaybookVersion:
    last = playbook.versions.aggregate(last=Max("number"))["last"] or 0
    version = PlaybookVersion.objects.create(playbook=playbook, number=last + 1, author=by, created_at=as_of, **content)
    audit.record("playbook_version.drafted", target=version, by=by, at=as_of, after=audit.snapshot(version, WRITABLE))
    return version


def _locked(version: PlaybookVersion) -> PlaybookVersion:
    return (
        PlaybookVersion.objects.select_for_update(of=("self",)).select_related("playbook", "author").get(pk=version.pk)
    )


def _refreshed(version: PlaybookVersion) -> PlaybookVersion:
    version.refresh_from_db()
    return version


def _move(
    kept: PlaybookVersion,
    version: PlaybookVersion,
    allowed: tuple[State, ...],
    state: State,
    *,
    verb: str,
    by: User,
    as_of: datetime,
) -> PlaybookVersion:
    if kept.state not in allowed:
        raise WrongState(
            _("This is possible only while the version is %(wanted)s; version %(number)s is %(state)s.")
            % {
                "wanted": " / ".join(str(each.label).lower() for each in allowed),
                "number": kept.number,
                "state": kept.get_state_display().lower(),
            }
        )
    before = kept.state
    kept.state = state
    kept.save(update_fields=["state"])
    audit.record(
        f"playbook_version.{verb}", target=kept, by=by, at=as_of, before={"state": before}, after={"state": state}
    )
    return _refreshed(version)


def _tiers(version: PlaybookVersion) -> list[str]:
    statement, parameters = triggers.tiers(version.audience)
    [(boundaries, count)] = sql.rows(statement, parameters)
    if count < LEAST_FOR_TIERS:
        return []
    return [str(each) for each in sorted(set(boundaries))]
