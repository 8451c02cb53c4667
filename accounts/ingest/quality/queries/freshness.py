"""How fresh each kind of fact is, and when each way in last brought something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from django.core.cache import cache

from accounts.ingest.models import Kind
from accounts.ingest.quality.sql import freshness as statements
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from uuid import UUID

    from django.utils.functional import Promise

# Days without news after which a kind counts as stale, unless the tenant says otherwise.
USUAL: Final = {
    Kind.ACCOUNTS: 45,
    Kind.CONTACTS: 90,
    Kind.CONTRACTS: 45,
    Kind.ORDERS: 30,
    Kind.INVOICES: 45,
    Kind.USAGE: 3,
    Kind.SURVEYS: 120,
    Kind.TICKETS: 14,
    Kind.INTERACTIONS: 14,
}
KEPT_SECONDS = 60
KEY = "quality.freshness"


@dataclass(frozen=True)
class Freshness:
    """One kind of fact. `arrived_at`: when something last came in by any way; `newest_on`: the day of the newest fact, where facts have one.

    `state`: fresh, stale, or never when nothing of the kind ever came. A kind nobody sends is not stale.
    """

    kind: str
    arrived_at: datetime | None
    newest_on: date | None
    stale_after_days: int
    state: str

    @property
    def label(self) -> str | Promise:
        return Kind(self.kind).label

    @property
    def told_until(self) -> datetime | None:
        """Until when the figures of this kind are told: for usage the end of its newest day, else the last arrival."""
        if self.kind == Kind.USAGE and self.newest_on is not None:
            return datetime.combine(self.newest_on, time(), tzinfo=UTC) + timedelta(days=1)
        return self.arrived_at

    @property
    def told_on(self) -> date:
        """The last day that is told. Only of a kind of which something came."""
        told_until = self.told_until
        assert told_until is not None
        return (told_until - timedelta(microseconds=1)).date()


@dataclass(frozen=True)
class Way:
    """A way in: file, api, events or connector, with the kind it brings. `id` and `name` are a source's or a connector's."""

    way: str
    kind: str
    id: UUID | None
    name: str
    last_at: datetime | None
    error: str
    is_active: bool

    @property
    def label(self) -> str | Promise:
        return Kind(self.kind).label if self.kind in Kind.values else self.kind


def ways_in(*, as_of: datetime) -> list[Way]:
    """Every way in that exists, by kind, and when it last brought something. One query."""
    return [Way(*row) for row in sql.rows(statements.WAYS, {"as_of": as_of})]


def freshness(
    *, as_of: datetime, ways: Iterable[Way] | None = None, told_for: datetime | None = None
) -> list[Freshness]:
    """Each kind of fact in the order of Kind, by what was known at `as_of`. Two queries, one when the ways are known.

    A kind is stale when it is told until longer before `told_for` (usually `as_of`) than its rhythm: a report over a period that is long
    over asks whether the facts reach to the end of its period.
    """
    heard: dict[str, datetime] = {}
    for way in ways_in(as_of=as_of) if ways is None else ways:
        if way.last_at is not None:
            heard[way.kind] = max(way.last_at, heard.get(way.kind, way.last_at))
    found = {row[0]: row[1:] for row in sql.rows(statements.KINDS, {"as_of": as_of})}
    return [_judged(kind, *found[kind], heard=heard.get(kind), at=told_for or as_of) for kind in Kind.values]


def freshness_now(*, as_of: datetime) -> list[Freshness]:
    """The same for pages, up to a minute old: two queries, then none."""
    kept: list[Freshness] | None = cache.get_or_set(KEY, lambda: freshness(as_of=as_of), KEPT_SECONDS)
    return kept or []


def forget_freshness() -> None:
    """Say that rhythms changed just now."""
    cache.delete(KEY)


def stale(kinds: Iterable[str], *, among: Iterable[Freshness]) -> list[Freshness]:
    """Those of `kinds` that are stale."""
    wanted = set(kinds)
    return [each for each in among if each.kind in wanted and each.state == "stale"]


def _judged(
    kind: str,
    arrived_at: datetime | None,
    newest_on: date | None,
    days: int | None,
    *,
    heard: datetime | None,
    at: datetime,
) -> Freshness:
    days = days or USUAL[Kind(kind)]
    arrived = max((each for each in (arrived_at, heard) if each is not None), default=None)
    found = Freshness(kind, arrived, newest_on, days, "never")
    told_until = found.told_until
    if told_until is None:
        return found
    state = "stale" if at - told_until > timedelta(days=days) else "fresh"
    return Freshness(kind, arrived, newest_on, days, state)
