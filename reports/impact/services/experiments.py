"""Register the comparison of every approved version, and read it."""

from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from playbooks.models import PlaybookVersion
from reports.impact.engine import Result
from reports.impact.models import Estimate, Experiment
from reports.impact.queries import measure

OUTCOMES = ("renewal", "arr")


@transaction.atomic
def register_experiments(*, as_of: datetime) -> int:
    """Take over what the approval of each active version fixed: question, outcome, share, strata, salt and horizon. How many are new.

    The approval is the pre-registration; nothing here can be edited afterwards. Versions without a holdout compare nothing.
    """
    approved = PlaybookVersion.objects.filter(
        approvals__decision="approved", approvals__decided_at__lte=as_of, holdout_share__gt=0, experiment__isnull=True
    ).select_related("playbook")
    experiments = [_registration(version, as_of) for version in approved.prefetch_related("approvals")]
    return len(Experiment.objects.bulk_create(experiments, ignore_conflicts=True))


def estimate_experiments(*, as_of: datetime) -> int:
    """Read every experiment on the renewals due by `as_of`, for the renewal rate and for revenue. How many readings are new.

    A reading is only written when its data changed since the last one.
    """
    fresh = []
    latest = {(row.experiment_id, row.outcome): row.data_hash for row in _latest()}
    for experiment in Experiment.objects.select_related("version__playbook").order_by("registered_at", "id"):
        for outcome in OUTCOMES:
            result = measure(experiment, outcome=outcome, until=as_of.date() + timedelta(days=1), as_of=as_of)
            if latest.get((experiment.pk, outcome)) != result.data_hash:
                fresh.append(_reading(experiment, outcome, result, as_of))
    return len(Estimate.objects.bulk_create(fresh, ignore_conflicts=True))


def _latest() -> list[Estimate]:
    return list(Estimate.objects.order_by("experiment_id", "outcome", "-as_of").distinct("experiment_id", "outcome"))


def _registration(version: PlaybookVersion, as_of: datetime) -> Experiment:
    approval = next(row for row in version.approvals.all() if row.decision == "approved")
    return Experiment(
        version=version,
        question=f"{version.playbook.name}: {version.goal}",
        primary_outcome=version.primary_outcome,
        holdout_share=version.holdout_share,
        strata=version.strata,
        salt=version.salt,
        horizon_days=version.horizon_days,
        registered_at=as_of,
        registered_by_id=approval.decided_by_id,
    )


def _reading(experiment: Experiment, outcome: str, result: Result, as_of: datetime) -> Estimate:
    return Estimate(
        experiment=experiment,
        as_of=as_of,
        outcome=outcome,
        method=result.method,
        grade=result.grade or "",
        verdict=result.verdict,
        point=result.estimate,
        low=result.lo,
        high=result.hi,
        treated_count=result.counts.treated,
        held_out_count=result.counts.held_out,
        reasons=list(result.reasons),
        diagnostics=asdict(result.counts) | {"lines": list(result.cfo_lines)},
        data_hash=result.data_hash,
        recorded_at=as_of,
    )
