"""Facts over REST."""

from accounts.api import (
    accounts,
    book,
    buying,
    commerce,
    contacts,
    invoices,
    metrics,
    orders,
    previews,
    tickets,
    timeline,
    usage,
)

__all__ = [
    "accounts",
    "book",
    "buying",
    "commerce",
    "contacts",
    "invoices",
    "metrics",
    "orders",
    "previews",
    "tickets",
    "timeline",
    "usage",
]
