"""Impact over REST: the same verbs as the pages."""

from reports.impact.api import claims, experiments, ledger

__all__ = ["claims", "experiments", "ledger"]
