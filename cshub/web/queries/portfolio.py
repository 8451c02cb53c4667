"""What the portfolio shows of all customers: sums kept for a while, so that opening the page does not add up the book; each says from when it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from hashlib import blake2b
from typing import TYPE_CHECKING, Generic, TypeVar

from django.core.cache import cache

from accounts.models import Account
from health.queries import RollUp, furthest, portfolio, rollups
from health.value.queries import Landscape, landscape

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from uuid import UUID

    from health.queries import Mover, Narrow, RollUpPage
    from health.sql.rollups import By

SUMS_SECONDS = 60
SLOW_SECONDS = 600  # who moved and what customers are worth: found anew by the scoring and valuing of a day
MOST_SEGMENTS = 200
Found = TypeVar("Found")


@dataclass(frozen=True)
class Kept(Generic[Found]):
    """Something as it was at a moment."""

    at: datetime
    found: Found


def whole_book(narrow: Narrow, *, at: datetime | None, as_of: datetime) -> Kept[RollUp | None]:
    """All customers as one group, at most a minute old. One query, then none while it is kept."""
    return _kept(as_of, SUMS_SECONDS, lambda: portfolio(narrow, at=at), "whole", narrow, at)


def groups(
    by: By,
    narrow: Narrow,
    *,
    parent: UUID | None,
    at: datetime | None,
    after: tuple[int, str] | None,
    limit: int,
    as_of: datetime,
) -> Kept[RollUpPage]:
    """A page of the table, at most a minute old. One query, then none while it is kept."""
    asked = ("groups", by, narrow, parent, at, after, limit)
    return _kept(
        as_of, SUMS_SECONDS, lambda: rollups(by, narrow, parent=parent, at=at, after=after, limit=limit), *asked
    )


def moved_furthest(
    narrow: Narrow, *, day: date, since: datetime, at: datetime | None, bands_only: bool, as_of: datetime
) -> Kept[tuple[Mover, ...]]:
    """Those that moved most from the end of a day to now or to `at`, without their reasons, at most ten minutes old. One query, then none while it is kept."""
    asked = ("moved", narrow, day, at or as_of.astimezone(UTC).date(), bands_only)
    return _kept(as_of, SLOW_SECONDS, lambda: furthest(narrow, since=since, at=at, bands_only=bands_only), *asked)


def value_landscape(narrow: Narrow, *, as_of: datetime) -> Kept[Landscape | None]:
    """Value by cost to serve, at most ten minutes old. Three queries, then none while it is kept."""
    return _kept(as_of, SLOW_SECONDS, lambda: landscape(narrow), "landscape", narrow)


def segments_in_use(*, as_of: datetime) -> list[str]:
    """What stands in the field segment of customers, at most ten minutes old. One query, then none while it is kept."""
    named = Account.objects.customers().exclude(segment="").order_by("segment").values_list("segment", flat=True)
    return _kept(as_of, SLOW_SECONDS, lambda: list(named.distinct()[:MOST_SEGMENTS]), "segments").found


def _kept(as_of: datetime, seconds: int, ask: Callable[[], Found], *asked: object) -> Kept[Found]:
    """By tenant and all that was asked: everybody who may sign in sees every account, so what one has summed up is good for all."""
    key = f"portfolio.{blake2b(repr(asked).encode(), digest_size=16).hexdigest()}"
    found: Kept[Found] | None = cache.get(key)
    if found is None:
        found = Kept(as_of, ask())
        cache.set(key, found, seconds)
    return found
