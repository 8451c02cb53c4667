"""Rows over REST: many at a time, or one by its external ID."""

from accounts.ingest.api_rows import batch, upsert

__all__ = ["batch", "upsert"]
