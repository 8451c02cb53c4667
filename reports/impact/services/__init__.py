"""The verbs of impact: observe what happened, register and read comparisons, claim, review, book and reverse."""

from reports.impact.services.claims import (
    ClaimRefused,
    OwnClaim,
    TooMuchCredit,
    cite,
    claim,
    review,
    submit_claim,
    withdraw_evidence,
)
from reports.impact.services.experiments import estimate_experiments, register_experiments
from reports.impact.services.ledger import reverse
from reports.impact.services.outcomes import observe_outcomes

__all__ = [
    "ClaimRefused",
    "OwnClaim",
    "TooMuchCredit",
    "cite",
    "claim",
    "estimate_experiments",
    "observe_outcomes",
    "register_experiments",
    "reverse",
    "review",
    "submit_claim",
    "withdraw_evidence",
]
