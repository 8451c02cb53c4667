"""What pages, reports and the API ask about health."""

from health.queries.comparison import Comparison, Moved, changed_since
from health.queries.counterfactual import Lever, Way, ways_up
from health.queries.evidence import Behind, behind, rows_behind, trail
from health.queries.explanations import Explanation, Line, Point, explanation, history
from health.queries.lists import (
    BandShare,
    RowVerdict,
    bands_summary,
    contributions,
    reasons,
    reasons_of,
    scores_at,
    verdicts,
    weekly_scores,
)
from health.queries.moving import Mover, Movers, explained, furthest, movers
from health.queries.past import Past, past_verdicts
from health.queries.recomputing import Recomputed, recomputed
from health.queries.sentiment import Sentiment, said_about, sentiments_of
from health.queries.summing import Money, RollUp, RollUpPage, portfolio, rollups
from health.sql.rollups import Narrow

__all__ = [
    "BandShare",
    "Behind",
    "Comparison",
    "Explanation",
    "Lever",
    "Line",
    "Money",
    "Moved",
    "Mover",
    "Movers",
    "Narrow",
    "Past",
    "Point",
    "Recomputed",
    "RollUp",
    "RollUpPage",
    "RowVerdict",
    "Sentiment",
    "Way",
    "bands_summary",
    "behind",
    "changed_since",
    "contributions",
    "explained",
    "explanation",
    "furthest",
    "history",
    "movers",
    "past_verdicts",
    "portfolio",
    "reasons",
    "reasons_of",
    "recomputed",
    "rollups",
    "rows_behind",
    "said_about",
    "scores_at",
    "sentiments_of",
    "trail",
    "verdicts",
    "ways_up",
    "weekly_scores",
]
