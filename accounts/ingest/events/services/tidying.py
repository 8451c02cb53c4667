"""Forgets what is no longer kept, and lets in what has waited long enough or for what has come meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.ingest.events.policy import policy
from accounts.ingest.events.services.folding import release_named
from accounts.ingest.events.services.receiving import DOORBELL
from accounts.ingest.events.sql import retention
from cshub.tenancy import due

if TYPE_CHECKING:
    from datetime import datetime

REPEATED_FOR = timedelta(days=31)  # messages are known for longer than their events are kept


def tidy(*, as_of: datetime) -> dict[str, int]:
    """Forget old requests and digests of messages, let held events in whose account came another way, quarantine those that waited too
    long, and ring where requests wait; counts by what.

    Months of events are dropped by the owner, see partitions.py. Safe to repeat and to kill.
    """
    chosen = policy()
    counts = {
        "requests": retention.forget_requests(before=as_of - timedelta(days=chosen.raw_days)),
        "messages": retention.forget_messages(before=chosen.first_month(as_of.date()) - REPEATED_FOR),
        "released": release_named(as_of=as_of).stored,
    }
    with transaction.atomic():
        counts["expired"] = retention.expire_held(before=as_of - timedelta(days=chosen.held_days))
        if retention.something_waits():
            due.ring(DOORBELL, due_at=as_of)
    return counts
