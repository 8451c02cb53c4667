"""How alike names are: pure arithmetic on texts."""

from accounts.ingest.quality.engine.likeness import likeness, neighbors_alike

__all__ = ["likeness", "neighbors_alike"]
