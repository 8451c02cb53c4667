"""The arithmetic of reports: pure functions, no Django."""

from reports.engine.retention import (
    CurrencyRetention,
    CurrencySums,
    Retention,
    RevenueSums,
    retention,
    retention_by_currency,
)

__all__ = [
    "CurrencyRetention",
    "CurrencySums",
    "Retention",
    "RevenueSums",
    "retention",
    "retention_by_currency",
]
