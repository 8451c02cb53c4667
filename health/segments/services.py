"""What can be done with segments: write one, revise its rule, archive it, and tell who is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from cshub.audit.services import record
from cshub.db import sql
from cshub.kernel.refusal import Refused
from health.segments.catalog import catalog
from health.segments.engine.fields import Catalog
from health.segments.engine.grammar import canonical_hash, written
from health.segments.models import Segment, SegmentMembership, SegmentTransition, SegmentVersion
from health.segments.rules import WEB_MILLISECONDS, BadRule, accounts_in, read_rule, refuse_costly, runaway
from health.segments.sql.compiling import accounts_that_meet
from health.segments.sql.limits import TookTooLong, cost_of, within
from health.segments.sql.membership import KEEP_SIZE, REFRESH
from health.segments.uses import users_of

if TYPE_CHECKING:
    from datetime import datetime

    from cshub.users.models import User

TURN_MILLISECONDS = 600_000
MOST_IN_USE = 500
MOST_SHOWN = 10
REVISABLE = ("name", "purpose", "owner")


class StillNamed(Refused):
    """A segment that another rule or a playbook is built on."""

    code = "segment_still_named"


class NotInUse(Refused):
    """An archived segment does not change."""

    code = "segment_archived"


class TooManySegments(Refused):
    """Each segment is read at every turn."""

    code = "too_many_segments"


class NameTaken(Refused):
    """Two segments of one name."""

    code = "name_taken"


@dataclass(frozen=True)
class Refreshed:
    """How many accounts came into segments and left them, and how many segments could not be told."""

    entered_count: int = 0
    left_count: int = 0
    problem_count: int = 0


@transaction.atomic
def create_segment(
    *, name: str, definition: Any, by: User | None, as_of: datetime, purpose: str = "", owner: User | None = None
) -> Segment:
    """Write a segment and its first version, and tell who is in it. Raises BadRule, RunawayRule, NameTaken, TooManySegments."""
    if Segment.objects.in_use().count() >= MOST_IN_USE:
        raise TooManySegments(
            _("There are %(most)s segments in use. Archive one that nobody needs.") % {"most": MOST_IN_USE}
        )
    name = _free_name(name)
    segment = Segment.objects.create(name=name, purpose=purpose, owner=owner or by, created_at=as_of)
    _write_version(segment, definition, by=by, as_of=as_of)
    record(
        "segment.created",
        target=segment,
        by=by,
        at=as_of,
        after={"name": name, "definition_hash": segment.current.definition_hash if segment.current else ""},
    )
    return segment


@transaction.atomic
def revise_segment(
    segment: Segment, *, by: User | None, as_of: datetime, definition: Any = None, **about: Any
) -> Segment:
    """Change what a segment is called, what it is for, whose it is (REVISABLE), or its rule: a changed rule is the next version.

    Raises as create_segment does, and NotInUse.
    """
    segment = _locked(segment)
    if "name" in about:
        about["name"] = _free_name(about["name"], except_for=segment)
    before = {name: str(getattr(segment, name) or "") for name in about if name in REVISABLE}
    for name, value in about.items():
        if name not in REVISABLE:
            raise TypeError(f"A segment has no {name} to revise.")
        setattr(segment, name, value)
    if about:
        segment.save(update_fields=list(about))
    changed = definition is not None and (
        segment.current is None or canonical_hash(_kept(definition, segment)) != segment.current.definition_hash
    )
    if changed:
        before["definition_hash"] = segment.current.definition_hash if segment.current else ""
        _write_version(segment, definition, by=by, as_of=as_of)
    after = {name: str(getattr(segment, name) or "") for name in about}
    if changed and segment.current:
        after["definition_hash"] = segment.current.definition_hash
    if before != after:
        record("segment.revised", target=segment, by=by, at=as_of, before=before, after=after)
    return segment


@transaction.atomic
def archive_segment(segment: Segment, *, by: User | None, as_of: datetime) -> Segment:
    """Take a segment out of use: everybody leaves it now, and its history stays. Raises StillNamed, NotInUse."""
    segment = _locked(segment)
    if users := users_of(segment):
        raise StillNamed(
            _("This segment is in use by %(users)s. Change that first, then archive the segment.")
            % {"users": ", ".join(users[:MOST_SHOWN])}
        )
    present = SegmentMembership.objects.present().filter(segment=segment)
    present.filter(entered_at__lt=as_of).update(left_at=as_of)
    present.delete()  # who came in at this very moment was not in it for any time
    segment.archived_at, segment.member_count, segment.problem = as_of, 0, ""
    segment.save(update_fields=["archived_at", "member_count", "problem"])
    record("segment.archived", target=segment, by=by, at=as_of)
    return segment


def refresh_memberships(*, as_of: datetime, account_ids: Sequence[UUID] | None = None) -> Refreshed:
    """Tell who is in each segment at `as_of` (of all accounts, or of those named), and keep comings and goings.

    One statement a segment, whatever the number of accounts. A rule that cannot be computed any more leaves its members as they are and
    says so in `problem`. Repeating it for the same `as_of`, or an earlier one, writes nothing.
    """
    due = Segment.objects.in_use().filter(
        Q(refreshed_at__isnull=True) | Q(refreshed_at__lt=as_of), current__isnull=False
    )
    if account_ids is not None:
        due = due.filter(filled=F("current"))  # the first filling looks at all accounts
    known = catalog() if due.exists() else None
    done = [
        _refresh(pk, known, as_of=as_of, account_ids=account_ids, milliseconds=TURN_MILLISECONDS)
        for pk in (due.order_by("pk").values_list("pk", flat=True) if known else ())
    ]
    return Refreshed(*(sum(each) for each in zip(*done, strict=True))) if done else Refreshed()


@transaction.atomic
def _refresh(
    pk: UUID, known: Catalog | None, *, as_of: datetime, account_ids: Sequence[UUID] | None, milliseconds: int
) -> tuple[int, int, int]:
    segment = Segment.objects.select_for_update(of=("self",)).select_related("current").get(pk=pk)
    if segment.archived_at or segment.current is None or (segment.refreshed_at and segment.refreshed_at >= as_of):
        return 0, 0, 0  # somebody else was here in between
    problem, came, went = "", 0, 0
    try:
        members = accounts_in(segment.current, as_of=as_of, prefix="rule", known=known)
        with within(milliseconds):
            came, went = sql.rows(
                REFRESH.format(members=members.sql), {**members.values, **_refresh_values(segment, account_ids)}
            )[0]
    except BadRule as refusal:
        problem = str(refusal)
    except TookTooLong:
        problem = str(runaway())
    if not problem:
        _keep_count(segment, as_of=as_of, is_whole=account_ids is None)
    segment.problem = problem[:500]
    segment.save(update_fields=["problem", "refreshed_at", "filled", "member_count"])
    return came, went, int(bool(problem))


def _refresh_values(segment: Segment, account_ids: Sequence[UUID] | None) -> dict[str, Any]:
    cause = SegmentTransition.Cause
    return {
        "segment": segment.pk,
        "only": None if account_ids is None else list(account_ids),
        "cause": cause.ACCOUNT if segment.filled_id == segment.current_id else cause.RULE,
    }


def _keep_count(segment: Segment, *, as_of: datetime, is_whole: bool) -> None:
    segment.member_count = SegmentMembership.objects.present().filter(segment=segment).count()
    segment.refreshed_at = as_of
    segment.filled = segment.current if is_whole else segment.filled
    sql.execute(KEEP_SIZE, {"segment": segment.pk, "day": as_of.date(), "count": segment.member_count})


def _write_version(segment: Segment, definition: Any, *, by: User | None, as_of: datetime) -> None:
    """The next version, in its kept form, and its members."""
    kept = _kept(definition, segment)
    members = accounts_that_meet(read_rule(kept, own_id=str(segment.pk)), as_of=as_of)
    refuse_costly(cost_of(members.sql, members.values))
    newest = segment.versions.order_by("-number").values_list("number", flat=True).first() or 0
    segment.current = SegmentVersion.objects.create(
        segment=segment,
        number=newest + 1,
        definition=kept,
        definition_hash=canonical_hash(kept),
        author=by,
        created_at=as_of,
    )
    segment.save(update_fields=["current"])
    _refresh(segment.pk, catalog(), as_of=as_of, account_ids=None, milliseconds=WEB_MILLISECONDS)
    segment.refresh_from_db()


def _kept(definition: Any, segment: Segment) -> Mapping[str, Any]:
    """The rule as it is kept: read, and written again."""
    return written(read_rule(definition, own_id=str(segment.pk)))


def _locked(segment: Segment) -> Segment:
    found = Segment.objects.select_for_update(of=("self",)).select_related("current").get(pk=segment.pk)
    if found.archived_at:
        raise NotInUse(_("This segment is archived. Write a new one with the same rule."))
    return found


def _free_name(name: str, *, except_for: Segment | None = None) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 200:
        raise NameTaken(_("Give the segment a name of 1 to 200 characters."), field="name")
    taken = Segment.objects.filter(name__iexact=name)
    if (taken.exclude(pk=except_for.pk) if except_for else taken).exists():
        raise NameTaken(
            _("There is a segment named “%(name)s” already. Choose another name.") % {"name": name}, field="name"
        )
    return name
