"""A year of an account's value with its interval and its tiers, as a drawing and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from cshub.kernel import charts, line_plot
from cshub.l10n import formats
from health.value.models import Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

WEEKS = 52
ROOM = 7  # weeks that a word about a tier needs at least, so that two do not run into each other
LABELED_MONTHS = 3  # one month in so many is named


@dataclass(frozen=True)
class Told:
    """What one valuation said. Money is in `currency`; `amount` None where the value was not known."""

    at: datetime
    amount: Decimal | None
    low: Decimal | None
    high: Decimal | None
    currency: str
    tier: str


def value_plot(told: Sequence[Told], *, as_of: datetime) -> dict[str, Any]:
    """What components/line_plot.html shows, from valuations in the order of time; `plot` is None where fewer than two weeks have a value."""
    currency = told[-1].currency if told else ""
    weeks = _weeks(told, currency, as_of.astimezone(UTC).date())
    amounts = [each.amount if each else None for _day, each in weeks]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < 2:
        return {"plot": None}
    ribbon = [(each.low, each.high) if each and each.low is not None and each.high is not None else None for _day, each in weeks]  # fmt: skip
    top = max(*known, *(pair[1] for pair in ribbon if pair))
    plot = line_plot.line_plot(
        [line_plot.Line(_("Lifetime value"), amounts, "plain", ribbon)],
        line_plot.Axes(
            low=0,
            high=float(top) * 1.05 or 1,
            y_labels=[(mark, formats.money(Decimal(mark), currency, compact=True)) for mark in _round_amounts(top)],
            x_labels=_months([day for day, _each in weeks]),
        ),
        marks=_tiers(weeks),
    )
    words = {
        "weeks": formats.number(len(weeks) - 1),
        "first": formats.money(known[0], currency, compact=True),
        "last": formats.money(known[-1], currency, compact=True),
    }
    return {
        "plot": plot,
        "plot_label": _("Lifetime value over %(weeks)s weeks with its interval, from %(first)s to %(last)s") % words,
        "plot_headings": [_("Week of"), _("Lifetime value"), _("Interval"), _("Value tier")],
        "plot_rows": [_row(day, each) for day, each in _changes(weeks)],
    }


def _weeks(told: Sequence[Told], currency: str, today: date) -> list[tuple[date, Told | None]]:
    """The valuation that held at the end of each week, from the first one on; None where the money was another."""
    days = [today - timedelta(weeks=WEEKS - place) for place in range(WEEKS + 1)]
    found: list[tuple[date, Told | None]] = []
    for day in days:
        held = [each for each in told if each.at.astimezone(UTC).date() <= day][-1:]
        if held or found:
            found.append((day, held[0] if held and held[0].currency in (currency, "") else None))
    return found


def _tiers(weeks: Sequence[tuple[date, Told | None]]) -> list[line_plot.Mark]:
    """A line where a tier began, the first one included, with its name where it lasted long enough for the word."""
    tiers = [each.tier if each else "" for _day, each in weeks]
    begun = [place for place, tier in enumerate(tiers) if tier and (not place or tier != tiers[place - 1])]
    marks = []
    for place, after in zip(begun, [*begun[1:], len(tiers) + ROOM], strict=True):
        label = str(Tier(tiers[place]).label)
        has_room = after - place >= max(ROOM, len(label) // 2)
        marks.append(line_plot.Mark(place, "event", label if has_room else ""))
    return marks


def _round_amounts(top: Decimal) -> tuple[float, ...]:
    return charts.ticks(0.0, float(top) or 1.0, about=3)


def _months(days: Sequence[date]) -> list[tuple[int, str]]:
    """The first week of every third month, by the name of the month alone."""
    names = [formats.month(day).rpartition(" ")[0] or formats.month(day) for day in days]
    begins = [place for place, name in enumerate(names) if place and name != names[place - 1]]
    return [(place, names[place]) for place in begins[::LABELED_MONTHS]]


def _changes(weeks: Sequence[tuple[date, Told | None]]) -> list[tuple[date, Told | None]]:
    """The weeks in which something changed, the latest first."""
    befores = [None, *(each for _day, each in weeks)]
    return [week for before, week in zip(befores, weeks, strict=False) if week[1] != before][::-1]


def _row(day: date, each: Told | None) -> tuple[str, list[str]]:
    if each is None or each.amount is None:
        return formats.date(day), [formats.DASH, formats.DASH, str(Tier(each.tier).label) if each else formats.DASH]
    amount, low, high = (
        formats.money(sum_, each.currency, compact=True) if sum_ is not None else formats.DASH
        for sum_ in (each.amount, each.low, each.high)
    )
    return formats.date(day), [amount, f"{low}–{high}", str(Tier(each.tier).label)]
