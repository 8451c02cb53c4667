"""What holds on a day: horizon, discount and tiers, margins, what an hour costs, and exchange rates, as known at a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from accounts.services import known_rates
from health.engine.value.tier import TierRules
from health.value.models import CostRate, SegmentMargin, ValueTerms
from health.value.sql import serving

if TYPE_CHECKING:
    from collections.abc import Mapping

MONTHS, DISCOUNT = 36, Decimal("0.1")  # until somebody decides otherwise
WINDOW = timedelta(days=365)


@dataclass(frozen=True)
class Rate:
    """What an hour of a role costs in [starts_on, ends_on)."""

    role: str
    starts_on: date
    ends_on: date
    hourly: Decimal
    currency: str

    @property
    def is_first(self) -> bool:
        """Whether it reaches back to all days before it."""
        return self.starts_on == date.min

    @property
    def label(self) -> str:
        """The role in words."""
        return str(CostRate.Role(self.role).label)


@dataclass(frozen=True)
class Work:
    """How work is counted: the window, the mean minutes of each kind that is measured often enough, whether there is any, and rates."""

    since: datetime
    until: datetime
    means: Mapping[str, float]
    is_recorded: bool
    rates: tuple[Rate, ...]


@dataclass
class Assumed:
    """Everything that people decided or that holds for all accounts. `rules` is None where nobody decided where tiers begin."""

    as_of: datetime
    months: int
    discount: Decimal
    currency: str
    rules: TierRules | None
    margin: Decimal | None
    margins: Mapping[str, Decimal]
    work: Work
    _exchange: dict[str, dict[str, Decimal]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.as_of.astimezone(UTC).date()

    def margin_of(self, segment: str) -> Decimal | None:
        """That of its segment, else that of the company; None where finance decided none."""
        return self.margins.get(segment, self.margin)

    def exchange(self, from_: str, into: str) -> float | None:
        """What one unit is worth, by the rate into the one or the other; None where none is known. One query for each currency asked into."""
        if from_ == into:
            return 1.0
        rate, back = self._known(into).get(from_), self._known(from_).get(into)
        if rate is not None:
            return float(rate)
        return None if back is None else 1 / float(back)

    def _known(self, into: str) -> dict[str, Decimal]:
        if into not in self._exchange:
            self._exchange[into] = known_rates(into=into, on=self.today, as_of=self.as_of)
        return self._exchange[into]


def assumed(*, margin: Decimal | None, as_of: datetime) -> Assumed:
    """What holds on the day of `as_of`, with the company's gross `margin` as finance decided it. Four queries."""
    today = as_of.astimezone(UTC).date()
    terms = ValueTerms.objects.in_force(on=today, as_of=as_of).first()
    margins: dict[str, Decimal] = {}
    for row in SegmentMargin.objects.in_force(on=today, as_of=as_of):
        margins.setdefault(row.segment, row.margin)
    return Assumed(
        as_of=as_of,
        months=terms.months if terms else MONTHS,
        discount=terms.discount if terms else DISCOUNT,
        currency=terms.currency if terms else "",
        rules=TierRules(int(terms.high_from * 100), int(terms.middle_from * 100)) if terms else None,
        margin=margin,
        margins=margins,
        work=_work(today, as_of),
    )


def rates_in_force(*, today: date, as_of: datetime) -> tuple[Rate, ...]:
    """The rates of each role one after the other; the first reaches back to all days before it."""
    rows = list(
        CostRate.objects.in_force(on=today, as_of=as_of)
    )  # the latest first, corrections before what they correct
    found: list[Rate] = []
    for role in sorted({row.role for row in rows}):
        ends_on = date.max
        mine = [row for row in rows if row.role == role]
        days = sorted({row.valid_from for row in mine}, reverse=True)
        for day in days:
            row = next(each for each in mine if each.valid_from == day)
            starts_on = date.min if day == days[-1] else day
            found.append(Rate(role, starts_on, ends_on, row.hourly, row.currency))
            ends_on = day
    return tuple(found)


def _work(today: date, as_of: datetime) -> Work:
    until = datetime.combine(today, time(), UTC)
    kinds = serving.kinds_of_work(since=until - WINDOW, until=until, as_of=as_of)
    return Work(
        since=until - WINDOW,
        until=until,
        means={row.kind: row.mean for row in kinds if row.measured >= serving.FEWEST_MEASURED},
        is_recorded=bool(kinds),
        rates=rates_in_force(today=today, as_of=as_of),
    )
