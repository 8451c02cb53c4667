"""What people of the simulated company said about some of their accounts: chance comes from the external IDs alone, and no truth depends on it."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from accounts.models import Account
from health.sentiment import record_sentiment

if TYPE_CHECKING:
    from datetime import datetime

SPOKEN_OF = 4  # one account in so many
OLDEST_DAYS = 110  # the oldest words have faded by now
WORDS = (
    ("good", "Their sponsor brought two colleagues to the last review."),
    ("fair", "Friendly on the phone, and slow to answer since the summer."),
    ("poor", "The new head of operations asked what it would take to leave."),
    ("good", "They offered to speak as a reference."),
    ("fair", "Happy with support; nobody can say what they gain."),
)


def say(*, as_of: datetime) -> None:
    """One word on every fourth customer, by its owner, on a day of the past four months."""
    for account in (
        Account.objects.customers().filter(owner__isnull=False).select_related("owner").order_by("external_id")
    ):
        luck = int(sha256(account.external_id.encode()).hexdigest()[:8], 16)
        if luck % SPOKEN_OF == 0:
            level, reason = WORDS[luck // 7 % len(WORDS)]
            said_at = max(as_of - timedelta(days=luck // 11 % OLDEST_DAYS), account.recorded_at)
            record_sentiment(account, level=level, reason=reason, by=account.owner, as_of=said_at)
