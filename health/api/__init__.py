"""Health over REST: how it is computed, every verdict and why, what people said, and sums of many accounts."""

from health.api import explanation, movers, overrides, rollups, sentiments, verdicts

__all__ = ["explanation", "movers", "overrides", "rollups", "sentiments", "verdicts"]
