"""Questions about impact: what comparisons say, what was claimed, what can still be claimed."""

from reports.impact.queries.claims import (
    ClaimPage,
    ClaimRow,
    LedgerSums,
    citable,
    cited_ids,
    claim_page,
    claimable_outcomes,
    claims,
    ledger_sums,
)
from reports.impact.queries.comparisons import cents, measure
from reports.impact.queries.experiments import (
    ExperimentPage,
    ExperimentRow,
    experiment_page,
    experiments,
    latest_estimates,
)
from reports.impact.queries.running import RunningReading, read_running, whole_weeks

__all__ = [
    "ClaimPage",
    "ClaimRow",
    "ExperimentPage",
    "ExperimentRow",
    "LedgerSums",
    "RunningReading",
    "cents",
    "citable",
    "cited_ids",
    "claim_page",
    "claimable_outcomes",
    "claims",
    "experiment_page",
    "experiments",
    "latest_estimates",
    "ledger_sums",
    "measure",
    "read_running",
    "whole_weeks",
]
