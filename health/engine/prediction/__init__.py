"""Honest prediction of leaving: learn from snapshots, test on what was not used, refuse what cannot be known."""
