"""What pages show of value: one account, the decisions in force with what was learned, and the landscape of value by cost to serve."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, Any

from health.value.assumed import rates_in_force
from health.value.history import Told
from health.value.models import AccountValue, SegmentMargin, StrategicMark, Valuation, ValueFit, ValueTerms
from health.value.sql import landscape as statements

if TYPE_CHECKING:
    from datetime import date, datetime

    from accounts.models import Account
    from health.sql.rollups import Narrow
    from health.value.assumed import Rate

SHOWN = 6
REMEMBERED = 800  # valuations that the page of an account reads: two years and more of nights
UP, ACROSS = 14, 28


@dataclass(frozen=True)
class AccountPage:
    """The value of an account, or None before the first valuation; what it was learned from; its mark; and its latest valuations in the order of time."""

    value: AccountValue | None
    fit: ValueFit | None
    mark: StrategicMark | None
    told: list[Told]

    @property
    def earlier(self) -> list[tuple[datetime, str]]:
        """When each tier began, the latest first."""
        changes = [
            each for before, each in pairwise([None, *self.told]) if each and (not before or each.tier != before.tier)
        ]
        return [(each.at, each.tier) for each in changes[::-1][:SHOWN]]


@dataclass(frozen=True)
class Decisions:
    """What holds today, and what was learned last."""

    terms: ValueTerms | None
    margins: list[SegmentMargin]
    rates: tuple[Rate, ...]
    fits: list[ValueFit]


@dataclass(frozen=True)
class Quadrant:
    """The customers on one side of both medians: how many, and their sums in the currency of the landscape."""

    is_valuable: bool
    is_costly: bool
    count: int
    arr: Any
    amount: Any
    cost: Any


@dataclass(frozen=True)
class Landscape:
    """Customers by value and cost to serve, in the currency most of them have; `others` have another one, of `unknown` one of the two is not known.

    `bins` are (place across, place up, count), places counted from 0 on the scales, whose ends are natural logarithms.
    """

    currency: str
    count: int
    others: int
    unknown: int
    amount_median: Any
    cost_median: Any
    amount_scale: tuple[float, float]
    cost_scale: tuple[float, float]
    quadrants: tuple[Quadrant, ...]
    bins: tuple[tuple[int, int, int], ...]


def account_page(account: Account) -> AccountPage:
    """Four queries."""
    value = AccountValue.objects.filter(account=account).first()
    fit = ValueFit.objects.filter(pk=value.fit_id).first() if value and value.fit_id else None
    mark = StrategicMark.objects.open().filter(account=account).select_related("marked_by").first()
    columns = ("computed_at", "amount", "low", "high", "currency", "tier")
    latest = Valuation.objects.filter(account=account).order_by("-computed_at").values_list(*columns)[:REMEMBERED]
    return AccountPage(value, fit, mark, [Told(*row) for row in latest][::-1])


def decisions(*, today: date, as_of: datetime) -> Decisions:
    """Five queries."""
    margins: dict[str, SegmentMargin] = {}
    for row in SegmentMargin.objects.in_force(on=today, as_of=as_of):
        margins.setdefault(row.segment, row)
    newest = ValueFit.objects.order_by("-as_of").first()
    return Decisions(
        terms=ValueTerms.objects.in_force(on=today, as_of=as_of).select_related("decided_by").first(),
        margins=sorted(margins.values(), key=lambda row: row.segment),
        rates=rates_in_force(today=today, as_of=as_of),
        fits=list(ValueFit.objects.filter(as_of=newest.as_of)) if newest else [],
    )


def landscape(chosen: Narrow) -> Landscape | None:
    """Of the customers chosen. None where nobody's value and cost are known. Three queries."""
    counts = statements.currencies(chosen)
    known = [(row.currency, row.count) for row in counts if row.currency is not None]
    if not known:
        return None
    currency, count = known[0]
    rows = statements.quadrants(chosen, currency=currency)
    first = rows[0]
    scales = _scale(first.least_amount, first.most_amount), _scale(first.least_cost, first.most_cost)
    bins = statements.bins(chosen, currency=currency, scales=scales, across=ACROSS, up=UP)
    return Landscape(
        currency=currency,
        count=count,
        others=sum(number for _code, number in known[1:]),
        unknown=sum(row.count for row in counts if row.currency is None),
        amount_median=first.amount_median,
        cost_median=first.cost_median,
        amount_scale=scales[0],
        cost_scale=scales[1],
        quadrants=tuple(
            Quadrant(row.is_valuable, row.is_costly, row.count, row.arr, row.amount, row.cost) for row in rows
        ),
        bins=tuple((row.across, row.up, row.count) for row in bins),
    )


def _scale(least: float, most: float) -> tuple[float, float]:
    """The ends of a logarithmic scale with a little room on both sides."""
    low, high = log(max(least, 1)), log(max(most, 1))
    room = max((high - low) * 0.05, 0.1)
    return low - room, high + room
