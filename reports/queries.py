"""Questions about reports for pages and endpoints."""

from dataclasses import dataclass

from reports.models import CostEntry, FinanceAssumption, ReportRun

SHOWN = 100


@dataclass(frozen=True)
class Inputs:
    """What finance decided and entered."""

    assumptions: list[FinanceAssumption]
    costs: list[CostEntry]

    @property
    def current(self) -> FinanceAssumption | None:
        return self.assumptions[0] if self.assumptions else None


def latest_runs() -> list[ReportRun]:
    """The newest reports, with who made and who froze them."""
    return list(
        ReportRun.objects.select_related("created_by", "frozen__frozen_by").order_by("-created_at", "-id")[:SHOWN]
    )


def inputs() -> Inputs:
    """Assumptions and costs, newest first."""
    return Inputs(
        assumptions=list(
            FinanceAssumption.objects.select_related("decided_by").order_by("-valid_from", "-recorded_at")[:SHOWN]
        ),
        costs=list(CostEntry.objects.select_related("entered_by").order_by("-starts_on", "name")[:SHOWN]),
    )
