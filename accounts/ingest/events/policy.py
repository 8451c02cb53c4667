"""How long events are kept, and how many names are counted apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.ingest.events.models import EventPolicy

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True)
class Policy:
    """Months events are kept, days requests are kept as they came, days an event waits for its account, names counted apart."""

    kept_months: int = 24
    raw_days: int = 7
    held_days: int = 30
    most_names: int = 500

    def first_month(self, today: date) -> date:
        """The first day of the oldest month that is kept."""
        months = today.year * 12 + today.month - 1 - self.kept_months
        return today.replace(year=months // 12, month=months % 12 + 1, day=1)

    def earliest(self, as_of: datetime) -> datetime:
        """The oldest moment of which an event is taken."""
        return as_of.replace(
            **{part: getattr(self.first_month(as_of.date()), part) for part in ("year", "month", "day")},
            hour=0, minute=0, second=0, microsecond=0,
        )  # fmt: skip


def policy() -> Policy:
    """What the tenant chose, or what is usual."""
    row = EventPolicy.objects.filter(pk=1).values("kept_months", "raw_days", "held_days", "most_names").first()
    return Policy(**row) if row else Policy()
