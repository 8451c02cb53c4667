"""Health: scorecards, verdicts, and what people say."""

from health.models.judgment import AccountSentiment, HealthOverride
from health.models.mailing import HealthMailing
from health.models.scorecard import Scorecard, ScorecardDecision, ScorecardPreview, ScorecardVersion, Scoring
from health.models.verdict import AccountHealth, Band, HealthScore, HealthTransition

__all__ = [
    "AccountHealth",
    "AccountSentiment",
    "Band",
    "HealthMailing",
    "HealthOverride",
    "HealthScore",
    "HealthTransition",
    "Scorecard",
    "ScorecardDecision",
    "ScorecardPreview",
    "ScorecardVersion",
    "Scoring",
]
