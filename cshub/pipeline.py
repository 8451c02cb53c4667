"""The flow, top to bottom: facts, health, playbooks, impact. The only module that knows every app."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts import services as facts
from health import services as health
from health.predictions import services as predictions
from health.segments import services as segments
from health.value import services as value
from playbooks import services as playbooks
from reports import services as reports
from reports.impact import services as impact


@dataclass(frozen=True)
class Turn:
    """What one turn of the pipeline did, as counts per step."""

    prices: int
    renewals: int
    replenishments: int
    scored: int
    transitions: int
    predicted: int
    valued: int
    segment_moves: int
    treated: int
    held_out: int
    tasks: int
    outcomes: int
    experiments: int
    estimates: int


@transaction.atomic
def follow_changes(*, as_of: datetime) -> int:
    """Score the accounts whose facts changed, and let playbooks answer where a band moved; how many were scored, 0 when none is left.

    One transaction: stopped half way, the accounts stand noted again.
    """
    changed = facts.take_changed()
    if not changed:
        return 0
    scoring = health.score_accounts(as_of=as_of, account_ids=changed)
    predictions.predict(as_of=as_of, account_ids=changed)
    segments.refresh_memberships(as_of=as_of, account_ids=changed)
    if scoring.transition_count:
        playbooks.enroll_due(as_of=as_of)
        playbooks.follow_runs(as_of=as_of)
    return len(changed)


def learn(*, as_of: datetime) -> bool:
    """Set health and prediction against what happened, learn who leaves anew, and tell it of all accounts; whether that was due."""
    if predictions.learn_when_due(as_of=as_of) is None:
        return False
    predictions.predict(as_of=as_of)
    return True


def advance(*, as_of: datetime, progress: Callable[[str], None] = lambda step: None) -> Turn:
    """One turn for the active tenant: each step takes up what the one before left. Safe to repeat and to kill between steps.

    Each step is one transaction or a few; a second run with the same `as_of` finds nothing left to do.
    """
    progress("renewals")
    prices = facts.escalate_contracts(as_of=as_of)
    renewals = facts.refresh_renewals(as_of=as_of) + facts.renew_automatically(as_of=as_of)
    replenishments = facts.refresh_replenishments(as_of=as_of)
    progress("health")
    health.ensure_fitting_starter(as_of=as_of)
    scoring = health.score_accounts(as_of=as_of)
    predicted = predictions.predict(as_of=as_of)
    progress("value")
    valued = value.revalue(margin=reports.margin_in_force(as_of=as_of), as_of=as_of)
    progress("segments")
    moved = segments.refresh_memberships(as_of=as_of)
    progress("playbooks")
    enrolled = playbooks.enroll_due(as_of=as_of)
    tasks = playbooks.follow_runs(as_of=as_of)
    progress("impact")
    outcomes = impact.observe_outcomes(as_of=as_of)
    experiments = impact.register_experiments(as_of=as_of)
    estimates = impact.estimate_experiments(as_of=as_of)
    return Turn(
        prices=prices,
        renewals=renewals,
        replenishments=replenishments,
        scored=scoring.scored_count,
        transitions=scoring.transition_count,
        predicted=predicted,
        valued=valued,
        segment_moves=moved.entered_count + moved.left_count,
        treated=enrolled.treated_count,
        held_out=enrolled.held_out_count,
        tasks=tasks,
        outcomes=outcomes,
        experiments=experiments,
        estimates=estimates,
    )
