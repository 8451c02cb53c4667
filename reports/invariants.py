"""What has to hold of reports on live data, for `verify`."""

from __future__ import annotations

from cshub.kernel.invariant import Invariant
from reports.models import FrozenReport, ReportRun
from reports.numbers import CODE_VERSION, canonical, digest, waterfall_total
from reports.services import rerun


def frozen_unchanged() -> list[str]:
    """Frozen reports whose bytes, digest or run were changed."""
    frozen = FrozenReport.objects.select_related("run").order_by("frozen_at", "id")
    return [
        f"The frozen report {row.run} is not what was frozen: its digest is another one."
        for row in frozen
        if digest(row.payload) != row.digest
        or row.run.digest != row.digest
        or canonical(row.run.numbers) != row.payload
    ]


def frozen_says_so() -> list[str]:
    """Runs whose state and frozen report do not say the same."""
    states = ReportRun.State
    return [
        f"The report {row} is {row.state}, but its frozen form says otherwise."
        for row in ReportRun.objects.select_related("frozen").order_by("created_at", "id")
        if (row.state == states.FROZEN) != hasattr(row, "frozen")
    ]


def frozen_runs_again() -> list[str]:
    """Frozen reports of this version of the definitions that the same facts do not give any more."""
    return [
        f"The frozen report {row} does not come out the same when it is computed again from the facts."
        for row in ReportRun.objects.filter(state=ReportRun.State.FROZEN, code_version=CODE_VERSION).order_by(
            "created_at", "id"
        )
        if rerun(row) != row.digest
    ]


def stale_ones_have_a_reason() -> list[str]:
    """Frozen reports that stand on stale facts without a reason, and reasons without stale facts."""
    frozen = FrozenReport.objects.select_related("run").order_by("frozen_at", "id")
    return [
        f"The frozen report {row.run} stands on stale facts, and nobody wrote why."
        if row.stale_inputs
        else f"The frozen report {row.run} has a reason for stale facts and stands on none."
        for row in frozen.defer("payload")
        if bool(row.stale_inputs) != bool(row.stale_reason)
    ]


def waterfalls_add_up() -> list[str]:
    """Reports whose steps do not add up to their totals, to the cent."""
    return [
        f"The steps of the report {row} do not add up to its {step}."
        for row in ReportRun.objects.order_by("created_at", "id")
        for step in waterfall_total(row.numbers["waterfall"])
    ]


INVARIANTS: tuple[Invariant, ...] = (
    Invariant("A frozen report is what was frozen", frozen_unchanged),
    Invariant("A report is frozen when its bytes are kept, and only then", frozen_says_so),
    Invariant("A report on stale facts was frozen with a reason", stale_ones_have_a_reason),
    Invariant("A frozen report comes out the same when it is computed again", frozen_runs_again),
    Invariant("The steps of a report add up to the cent", waterfalls_add_up),
)
