"""What pages, reports and the API ask about health."""

from health.queries.explanations import Explanation, Line, Point, explanation, history
from health.queries.lists import (
    BandShare,
    RowVerdict,
    bands_summary,
    contributions,
    reasons,
    scores_at,
    verdicts,
    weekly_scores,
)

__all__ = [
    "BandShare",
    "Explanation",
    "Line",
    "Point",
    "RowVerdict",
    "bands_summary",
    "contributions",
    "explanation",
    "history",
    "reasons",
    "scores_at",
    "verdicts",
    "weekly_scores",
]
