"""The verbs of impact: observe what happened, register and read comparisons, claim, review, book and reverse."""

from reports.impact.services.claims import (
    ClaimRefused,
    OwnClaim,
    TooMuchCredit,
    cite,
    claim,
    review,
    submit_claim,
    withdraw,
)
from reports.impact.services.experiments import estimate_experiments, register_experiments
from reports.impact.services.ledger import CannotReverse, entry_digest, reverse
from reports.impact.services.outcomes import observe_outcomes

__all__ = [
    "CannotReverse",
    "ClaimRefused",
    "OwnClaim",
    "TooMuchCredit",
    "cite",
    "claim",
    "entry_digest",
    "estimate_experiments",
    "observe_outcomes",
    "register_experiments",
    "reverse",
    "review",
    "submit_claim",
    "withdraw",
]
