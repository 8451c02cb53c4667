"""Facts over REST."""

from accounts.api import accounts, commerce, invoices, orders, timeline, usage

__all__ = ["accounts", "commerce", "invoices", "orders", "timeline", "usage"]
