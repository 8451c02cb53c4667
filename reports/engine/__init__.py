"""The arithmetic of reports: pure functions, no Django."""

from reports.engine.retention import Retention, RevenueSums, retention

__all__ = ["Retention", "RevenueSums", "retention"]
