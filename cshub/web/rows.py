"""Formats the rows of the account list before the template, so that fifty of them cost little to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

import jdatetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from cshub.kernel import charts
from cshub.l10n import formats, preferences
from cshub.web.queries.account_list import COUNTED, AccountRow, Summary
from cshub.web.value_columns import ValueCell, value_cells
from health.models import AccountSentiment, Band

SENTIMENT_KINDS = {"good": "u-good", "fair": "u-watch", "poor": "u-risk"}
FELL, ROSE = -5, 2  # points in 30 days worth a color


@dataclass(frozen=True)
class ShownRow:
    """A row as text."""

    pk: UUID
    name: str
    reason: str
    band: str
    score: str
    change: str
    change_kind: str
    spark: charts.Spark | None
    amount: str
    arr: str
    renewal: str
    renewal_in: str
    share: str
    share_width: str
    next_title: str
    next_due: str
    next_is_due: bool
    touched: str
    owner: str
    sentiment: str = ""
    sentiment_kind: str = ""
    further: tuple[ValueCell, ...] = ()


@dataclass(frozen=True)
class Group:
    """Rows under a heading. `about` counts and sums them where none of the group stands on another page."""

    title: str
    about: str
    rows: list[ShownRow]


def shown(row: AccountRow, *, as_of: datetime, further: Sequence[str] = ()) -> ShownRow:
    """An account as its row reads, with the columns one added."""
    verdict, work, today = row.verdict, row.work, as_of.date()
    band = verdict.band if verdict else "unknown"
    rate = charts.position(work.proactive_minutes, 0, work.minutes) if work.minutes else None
    return ShownRow(
        pk=row.pk,
        name=row.name,
        reason=_reason(row),
        band=band,
        score=formats.number(verdict.score) if verdict and verdict.score is not None else formats.DASH,
        **_change(verdict.change if verdict else None),
        spark=charts.spark(verdict.spark) if verdict else None,
        amount=str(row.arr or 0),
        arr=formats.DASH if row.arr is None else formats.money(row.arr, row.currency, compact=True),
        renewal=_day(row.renewal_on, today) if row.renewal_on else formats.DASH,
        renewal_in=formats.days_until(row.renewal_on, as_of=today) if row.renewal_on else "",
        share="" if rate is None else formats.percent(rate / 100),
        share_width="" if rate is None else charts.per_cent(rate),
        next_title=work.next_title,
        next_due=_due(work.next_due_on, today),
        next_is_due=work.next_due_on is not None and work.next_due_on <= today,
        touched=formats.days_until(work.touched_at.date(), as_of=today) if work.touched_at else "",
        owner=row.owner_name,
        sentiment=str(AccountSentiment.Level(work.sentiment).label) if work.sentiment else "",
        sentiment_kind=SENTIMENT_KINDS.get(work.sentiment, ""),
        further=value_cells(row.worth, further),
    )


def grouped(
    rows: list[AccountRow], *, sort: str, is_first: bool, is_last: bool, as_of: datetime, further: Sequence[str] = ()
) -> list[Group]:
    """Rows by the month of their renewal when sorted by it, in the reader's calendar; else one group without a heading."""
    if sort.lstrip("-") != "renewal":
        return [Group("", "", [shown(row, as_of=as_of, further=further) for row in rows])] if rows else []
    months = [list(group) for _key, group in groupby(rows, key=lambda row: _month(row.renewal_on))]
    return [
        Group(
            title=formats.month(group[0].renewal_on) if group[0].renewal_on else _("No renewal date"),
            about=_about(group) if _is_whole(place, len(months), is_first=is_first, is_last=is_last) else "",
            rows=[shown(row, as_of=as_of, further=further) for row in group],
        )
        for place, group in enumerate(months)
    ]


def summary_texts(summary: Summary) -> dict[str, Any]:
    """The strip above the list as text, with the segments of its bar."""
    bands: dict[str, tuple[str, Decimal, int]] = {}
    main = summary.arr[0][0] if summary.arr else ""
    for share in reversed(summary.bands):
        label, amount, count = bands.get(share.band, (_band(share.band), Decimal(0), 0))
        paid = share.arr if share.currency == main else Decimal(0)
        bands[share.band] = (label, amount + paid, count + share.account_count)
    return {
        "is_own_book": summary.is_own_book,
        "arr": sums(summary.arr),
        "renewing": sums(summary.renewing),
        "at_risk": sums(summary.at_risk or tuple((currency, Decimal(0)) for currency, _arr in summary.arr[:1])),
        "has_risk": bool(summary.at_risk),
        "proactive": formats.DASH if summary.proactive_share is None else formats.percent(summary.proactive_share),
        "segments": charts.shares(
            [
                (label, amount, count, "unknown" if band == "none" else band)
                for band, (label, amount, count) in bands.items()
            ]
        ),
    }


def _band(band: str) -> str:
    """In this reader's language: the summary itself is kept for whoever comes next."""
    return str(Band(band).label) if band in Band.values else _("Not scored yet")


def sums(amounts: tuple[tuple[str, Decimal], ...]) -> str:
    """€4.82M, or the two largest currencies side by side: money of several is never added up."""
    shown_sums = [formats.money(amount, currency, compact=True) for currency, amount in amounts[:2]]
    return " + ".join(shown_sums) + (" + …" if len(amounts) > 2 else "") if amounts else formats.DASH


def capped(count: int) -> str:
    """1,670 as it is while small enough to count, else “1,000+”."""
    return formats.number(COUNTED) + "+" if count > COUNTED else formats.number(count)


def _reason(row: AccountRow) -> str:
    if row.verdict:
        return row.verdict.reason
    if row.status in (Account.Status.CHURNED, Account.Status.PROSPECT):
        return str(Account.Status(row.status).label)
    return _("Not scored yet")


def _change(change: Decimal | None) -> dict[str, str]:
    if not change or not round(change):
        return {"change": "", "change_kind": ""}
    kind = "u-risk" if change < FELL else "u-good" if change > ROSE else "u-faint"
    return {"change": formats.signed(change), "change_kind": kind}


def _day(day: date, today: date) -> str:
    """The year is named only where it is not this one nor the next."""
    return formats.date(day, year=not today.year <= day.year <= today.year + 1)


def _due(due_on: date | None, today: date) -> str:
    if due_on is None:
        return ""
    if due_on <= today:
        text = formats.relative_days(due_on, as_of=today)
        return text[:1].upper() + text[1:]
    return formats.date(due_on, year=due_on.year > today.year + 1)


def _about(group: list[AccountRow]) -> str:
    paid: dict[str, Decimal] = {}
    for row in group:
        if row.arr:
            paid[row.currency] = paid.get(row.currency, Decimal(0)) + row.arr
    words = ngettext("%(count)s account", "%(count)s accounts", len(group)) % {"count": formats.number(len(group))}
    return (
        f"{words}{formats.separator()}{sums(tuple(sorted(paid.items(), key=lambda entry: -entry[1])))}"
        if paid
        else words
    )


def _is_whole(place: int, count: int, *, is_first: bool, is_last: bool) -> bool:
    return (place > 0 or is_first) and (place < count - 1 or is_last)


def _month(day: date | None) -> tuple[int, int] | None:
    if day is None:
        return None
    if preferences.calendar() == preferences.JALALI:
        jalali = jdatetime.date.fromgregorian(date=day)
        return jalali.year, jalali.month
    return day.year, day.month
