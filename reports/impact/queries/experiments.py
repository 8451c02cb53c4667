"""What experiments were registered, and what their latest readings say."""

from dataclasses import dataclass
from uuid import UUID

from reports.impact.models import Estimate, Experiment

SHOWN = 60  # readings on an experiment's page


@dataclass(frozen=True)
class ExperimentRow:
    """An experiment with its latest reading by rate and by money; None before the first."""

    experiment: Experiment
    rate: Estimate | None
    money: Estimate | None


@dataclass(frozen=True)
class ExperimentPage:
    """One experiment with its last readings, newest first."""

    row: ExperimentRow
    readings: list[Estimate]


def experiments() -> list[ExperimentRow]:
    """All experiments, newest first. Two queries."""
    found = list(
        Experiment.objects.select_related("version__playbook", "registered_by").order_by("-registered_at", "-id")
    )
    latest = {(row.experiment_id, row.outcome): row for row in latest_estimates()}
    return [ExperimentRow(row, latest.get((row.pk, "renewal")), latest.get((row.pk, "arr"))) for row in found]


def experiment_page(pk: UUID) -> ExperimentPage:
    """One experiment. Raises Experiment.DoesNotExist. Two queries."""
    experiment = Experiment.objects.select_related("version__playbook", "registered_by").get(pk=pk)
    readings = list(experiment.estimates.order_by("-as_of", "outcome")[:SHOWN])
    latest = {row.outcome: row for row in reversed(readings)}
    return ExperimentPage(ExperimentRow(experiment, latest.get("renewal"), latest.get("arr")), readings)


def latest_estimates() -> list[Estimate]:
    """The last reading of each experiment and outcome. One query."""
    return list(Estimate.objects.order_by("experiment_id", "outcome", "-as_of").distinct("experiment_id", "outcome"))
