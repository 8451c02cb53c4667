"""Questions about impact: what comparisons say, what was claimed, what can still be claimed."""

from reports.impact.queries.claims import (
    ClaimPage,
    ClaimRow,
    LedgerSums,
    citable,
    claim_page,
    claimable_outcomes,
    claims,
    ledger_sums,
)
from reports.impact.queries.comparisons import cents, holdout_rows, measure
from reports.impact.queries.experiments import ExperimentRow, experiment_page, experiments

__all__ = [
    "ClaimPage",
    "ClaimRow",
    "ExperimentRow",
    "LedgerSums",
    "cents",
    "citable",
    "claim_page",
    "claimable_outcomes",
    "claims",
    "experiment_page",
    "experiments",
    "holdout_rows",
    "ledger_sums",
    "measure",
]
