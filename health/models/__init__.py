"""Health: scorecards, verdicts, and what people say."""

from health.models.judgment import HealthOverride
from health.models.scorecard import Scorecard, ScorecardDecision, ScorecardPreview, ScorecardVersion, Scoring
from health.models.verdict import AccountHealth, Band, HealthScore, HealthTransition

__all__ = [
    "AccountHealth",
    "Band",
    "HealthOverride",
    "HealthScore",
    "HealthTransition",
    "Scorecard",
    "ScorecardDecision",
    "ScorecardPreview",
    "ScorecardVersion",
    "Scoring",
]
