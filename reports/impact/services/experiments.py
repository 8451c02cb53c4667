"""Register the comparison of every approved version, and read it."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from playbooks.models import PlaybookVersion
from reports.impact.engine import Grade, Verdict
from reports.impact.engine.result import CLAIMS
from reports.impact.engine.rows import Outcome
from reports.impact.models import Estimate, Experiment
from reports.impact.queries import RunningReading, latest_estimates, read_running, whole_weeks

OUTCOMES: tuple[Outcome, ...] = ("renewal", "arr")


@transaction.atomic
def register_experiments(*, as_of: datetime) -> int:
    """Take over what the approval of each active version fixed: question, outcome, share, strata, salt and horizon. How many are new.

    The approval is the pre-registration; nothing here can be edited afterwards. Versions without a holdout compare nothing.
    """
    approved = PlaybookVersion.objects.filter(
        approvals__decision="approved", approvals__decided_at__lte=as_of, holdout_share__gt=0, experiment__isnull=True
    ).select_related("playbook")
    experiments = [_registration(version, as_of) for version in approved.prefetch_related("approvals")]
    Experiment.objects.bulk_create(experiments, ignore_conflicts=True)  # another turn may have been quicker
    return Experiment.objects.filter(pk__in=[row.pk for row in experiments]).count()


@transaction.atomic
def estimate_experiments(*, as_of: datetime) -> int:
    """Read every experiment after each whole week, for the renewal rate and for revenue; how many readings are new.

    Read once a week whatever calls it, by bounds that keep false claims at 5% a year. A claim that was made stands, with its interval, until
    the data turn out to be broken. Safe to repeat.
    """
    running = PlaybookVersion.objects.filter(experiment__isnull=False).order_by("pk")
    list(running.select_for_update(of=("self",)).values_list("pk"))  # two turns in one week must not both read it
    latest = {(row.experiment_id, row.outcome): row for row in latest_estimates()}
    fresh = []
    for experiment in Experiment.objects.select_related("version__playbook").order_by("registered_at", "id"):
        for outcome in OUTCOMES:
            before = latest.get((experiment.pk, outcome))
            if before is None or before.diagnostics["week"] < whole_weeks(experiment, as_of):
                found = read_running(experiment, outcome=outcome, as_of=as_of)
                fresh += [_estimate(experiment, outcome, found, before, as_of)] if found else []
    Estimate.objects.bulk_create(fresh, ignore_conflicts=True)
    return Estimate.objects.filter(pk__in=[row.pk for row in fresh]).count()


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


def _estimate(
    experiment: Experiment, outcome: Outcome, found: RunningReading, before: Estimate | None, as_of: datetime
) -> Estimate:
    look, reading = found.look, found.reading
    point, low, high = (look.estimate, look.lo, look.hi) if look.lo is not None else (None, None, None)
    verdict, lines = look.verdict, list(reading.cfo_lines)
    if before is not None and before.verdict in CLAIMS and verdict != Verdict.CANNOT_BE_SHOWN:
        verdict, point, low, high = Verdict(before.verdict), before.point, before.low, before.high
        lines[1] = before.diagnostics["lines"][1]
    return Estimate(
        experiment=experiment,
        as_of=as_of,
        outcome=outcome,
        method=reading.method,
        grade=Grade.A if point is not None else "",
        verdict=verdict,
        point=point,
        low=low,
        high=high,
        treated_count=look.counts.treated,
        held_out_count=look.counts.held_out,
        reasons=list(look.reasons),
        diagnostics={
            "week": found.week,
            "bound": look.bound,
            "currency": found.currency,
            "other_currency_count": found.other_currency_count,
            "counts": asdict(look.counts),
            "lines": lines,
        },
        data_hash=reading.data_hash,
        recorded_at=as_of,
    )
