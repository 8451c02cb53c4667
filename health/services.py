"""What can be done with health: keep scorecards, put one in force, and score."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Avg, Max
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.services import are_side_by_side
from cshub.audit.services import record
from cshub.kernel.refusal import Refused
from health.engine.definition import canonical_hash
from health.models import AccountHealth, Scorecard, ScorecardVersion, Scoring
from health.scorecards import STARTERS, starter
from health.scorecards.assignment import gives_way, in_force, parts
from health.scorecards.checking import checked
from health.sql import whole
from health.sql.run import Part, Result, definition_of, forget_lost, read_verdicts, run_scoring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from cshub.users.models import User

State = ScorecardVersion.State
SAMPLE = 200
ENOUGH_COVERAGE = 0.5


class NotADraft(Refused):
    """What was in force never changes and never comes back under its old number."""

    code = "not_a_draft"


class NeedsApproval(Refused):
    """Nobody puts a formula that a person wrote in force alone."""

    code = "needs_approval"


class NoDefault(Refused):
    """Some accounts would be scored by nothing."""

    code = "no_default"


@transaction.atomic
def ensure_starter_scorecard(*, template: str, by: User | None, as_of: datetime) -> ScorecardVersion:
    """The scorecard version in force, after making the starter (`standard` or `customer_file`) if there is none.

    One starter gives way to another; a formula that people wrote or activated themselves is never replaced. Raises KeyError for an
    unknown template.
    """
    document = starter(template)
    active = _default()
    if active and (active.definition_hash == canonical_hash(document) or not _is_starter(active)):
        return active
    scorecard, _made = Scorecard.objects.get_or_create(name=document["name"])
    known = scorecard.versions.filter(state=State.DRAFT, definition_hash=canonical_hash(document)).first()
    return activate(known or draft_version(scorecard, definition=document, by=by, as_of=as_of), by=by, as_of=as_of)


@transaction.atomic
def ensure_fitting_starter(*, as_of: datetime) -> ScorecardVersion:
    """Where nobody has chosen a formula, the starter that finds most data about the accounts; otherwise the version in force.

    Looks at SAMPLE accounts with each starter, unless the one in force already covers half of its weights on average.
    """
    active = _default()
    if active and (not _is_starter(active) or _coverage() >= ENOUGH_COVERAGE):
        return active
    sample = list(Account.objects.customers().order_by("pk").values_list("pk", flat=True)[:SAMPLE])
    found = {template: _coverage_of(template, sample, as_of) for template in STARTERS} if sample else {}
    best = max(found, key=lambda template: found[template], default="standard")
    return ensure_starter_scorecard(template=best, by=None, as_of=as_of)


@transaction.atomic
def draft_version(
    scorecard: Scorecard, *, definition: dict[str, Any], by: User | None, as_of: datetime
) -> ScorecardVersion:
    """Write the next version of a scorecard. Nothing is scored with it until it is in force. Raises BadDefinition."""
    checked(definition)
    Scorecard.objects.select_for_update().get(pk=scorecard.pk)
    newest = scorecard.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = ScorecardVersion.objects.create(
        scorecard=scorecard,
        number=newest + 1,
        definition=definition,
        definition_hash=canonical_hash(definition),
        author=by,
        created_at=as_of,
    )
    record("scorecard.drafted", target=version, by=by, at=as_of, after={"definition_hash": version.definition_hash})
    return version


@transaction.atomic
def activate(version: ScorecardVersion, *, by: User | None, as_of: datetime) -> ScorecardVersion:
    """Put a starter, or what the house itself drafted, in force; what people wrote needs an approval. See `put_in_force`.

    Raises NotADraft, NeedsApproval.
    """
    if version.author_id and version.definition_hash not in _starter_hashes():
        raise NeedsApproval(_("Somebody else has to approve this version. Submit it."))
    return put_in_force(version, of=State.DRAFT, by=by, as_of=as_of)


@transaction.atomic
def put_in_force(version: ScorecardVersion, *, of: State, by: User | None, as_of: datetime) -> ScorecardVersion:
    """Let a version in the state `of` score from now on; from here its formula cannot change. What it takes the place of retires: the
    version of the same scorecard, and without a scope the one that had none. Raises NotADraft, NoDefault.
    """
    list(Scorecard.objects.select_for_update().order_by("pk"))
    version = ScorecardVersion.objects.select_for_update(of=("self",)).select_related("scorecard").get(pk=version.pk)
    if version.state != of:
        raise NotADraft(
            _("%(version)s is %(state)s. Draft a new version with the same formula.")
            % {"version": version, "state": version.get_state_display()}
        )
    leaving = [each for each in in_force() if gives_way(each, to=version)]
    if definition_of(version).scope and any(definition_of(each).scope is None for each in leaving):
        raise NoDefault(
            _(
                "This scorecard scores every account that no other takes. Put another one without a scope in force first."
            )
        )
    ScorecardVersion.objects.filter(pk__in=[each.pk for each in leaving]).update(state=State.RETIRED)
    version.state, version.activated_at, version.activated_by = State.ACTIVE, as_of, by
    version.save(update_fields=["state", "activated_at", "activated_by"])
    record(
        "scorecard.activated",
        target=version,
        by=by,
        at=as_of,
        before={"active": [str(each.pk) for each in leaving]},
        after={"active": [str(version.pk)]},
    )
    return version


def score_accounts(*, as_of: datetime, account_ids: Sequence[UUID] | None = None) -> Scoring:
    """Score every customer account (or those named) with the facts known at `as_of`, and keep what changed.

    Writes AccountHealth, HealthScore and HealthTransition: for named accounts in one transaction and a few statements a scorecard in
    force; for all of them span by span (`health.sql.whole`), each in a transaction of its own unless the caller has one, so that what is
    written stays and the scoring of changed accounts does not wait. Repeating it for the same `as_of` writes nothing, and verdicts of a
    later `as_of` stay. Accounts that are prospects or have churned lose their current verdict and keep their history. With
    `account_ids`, the typical account of the last whole scoring is compared with. A tenant without a scorecard gets the standard one.
    Returns the counts of all scorecards with the version that scores whom no scope takes; rows are kept only of whole scorings that
    changed something.
    """
    if account_ids is None:
        return _score_all(as_of)
    near = are_side_by_side(account_ids)
    with transaction.atomic():
        plan = _plan(as_of)
        done = [_score_some(part, as_of=as_of, account_ids=account_ids, side_by_side=near) for part in plan]
        if len(plan) > 1:
            forget_lost(as_of=as_of, account_ids=account_ids)
    return _together(done)


def _score_all(as_of: datetime) -> Scoring:
    with transaction.atomic():
        plan = _plan(as_of)
    done = [_score_part(part, as_of=as_of) for part in plan]
    forget_lost(as_of=as_of, account_ids=None)
    return _together(done)


def _plan(as_of: datetime) -> list[Part]:
    """Who is scored by what, once no other scoring of the tenant writes. Inside a transaction."""
    list(Scorecard.objects.select_for_update().order_by("pk").values_list("pk"))
    if _default() is None:
        ensure_starter_scorecard(template="standard", by=None, as_of=as_of)
    return parts(in_force(), as_of=as_of)


def _score_part(part: Part, *, as_of: datetime) -> Scoring:
    """All accounts of one version; what is typical is kept before the verdicts that are told from it."""
    measured = whole.measure(part, as_of=as_of, at_once=whole.AT_ONCE)
    if measured.changed_count and not Scoring.objects.filter(version=part.version, as_of=as_of).exists():
        _scoring(part, measured, as_of).save()
    return _scoring(part, whole.write(part, measured, as_of=as_of, at_once=whole.AT_ONCE), as_of)


def _score_some(part: Part, *, as_of: datetime, account_ids: Sequence[UUID], side_by_side: bool) -> Scoring:
    last = Scoring.objects.filter(version=part.version, as_of__lte=as_of).order_by("-as_of").first()
    typical = tuple(last.typical) if last else None
    found = run_scoring(part, as_of=as_of, account_ids=account_ids, typical=typical, side_by_side=side_by_side)
    return _scoring(part, found, as_of)


def _scoring(part: Part, found: Result, as_of: datetime) -> Scoring:
    return Scoring(
        version=part.version,
        as_of=as_of,
        typical=found.typical,
        scored_count=found.scored_count,
        changed_count=found.changed_count,
        transition_count=found.transition_count,
        recorded_at=as_of,
    )


def _together(done: Sequence[Scoring]) -> Scoring:
    """The counts of all versions, as one scoring of the last of them."""
    return Scoring(
        version=done[-1].version,
        as_of=done[-1].as_of,
        typical=done[-1].typical,
        scored_count=sum(each.scored_count for each in done),
        changed_count=sum(each.changed_count for each in done),
        transition_count=sum(each.transition_count for each in done),
        recorded_at=done[-1].recorded_at,
    )


def _default() -> ScorecardVersion | None:
    """The version that scores whom no scope takes."""
    return next((version for version in in_force() if definition_of(version).scope is None), None)


def _coverage() -> float:
    """Mean coverage of the verdicts in force, 0 to 1."""
    return float(AccountHealth.objects.aggregate(mean=Avg("coverage"))["mean"] or 0)


def _coverage_of(template: str, sample: Sequence[UUID], as_of: datetime) -> float:
    """Mean coverage a starter would reach on these accounts; writes nothing."""
    document = starter(template)
    version = ScorecardVersion(definition=document, definition_hash=canonical_hash(document))
    verdicts = read_verdicts(version, as_of=as_of, account_ids=sample)
    return sum(float(row["coverage"]) for row in verdicts) / len(sample)


def _is_starter(version: ScorecardVersion) -> bool:
    return version.activated_by_id is None and version.definition_hash in _starter_hashes()


@lru_cache(maxsize=1)
def _starter_hashes() -> frozenset[str]:
    return frozenset(canonical_hash(starter(template)) for template in STARTERS)
