"""Dates as people write them: the order of day and month is decided for a whole column, never for one value."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import jdatetime
from django.utils.translation import gettext_lazy as _

from accounts.ingest.reading.unreadable import Unreadable, shown
from cshub.l10n.digits import normalize_digits

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "day_first", "month_first", "year_first"
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
EARLIEST, LATEST = 1900, 2100
_LONGEST = 40
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})(?:[T ,].*)?")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Order:
    """Which comes first where the year comes last; empty while `example` could be read both ways."""

    first: str
    example: str = ""


def decide(values: Iterable[str]) -> Order:
    """Decide the order from all values of a column: 14/01/2027 proves day first, 01/14/2027 month first, 14.01.2027 is day first by its dots.

    Without a proof a value such as 03/04/2027 leaves the choice open; so do proofs of both orders.
    """
    proofs: dict[str, str] = {}
    unclear = ""
    for value in values:
        found = _YEAR_LAST.fullmatch(_plain(value))
        if found is None:
            continue
        first, second = int(found[1]), int(found[3])
        if first > 12 >= second or (found[2] == "." and second <= 12):
            proofs.setdefault(DAY_FIRST, value)
        elif second > 12 >= first:
            proofs.setdefault(MONTH_FIRST, value)
        elif first != second:
            unclear = unclear or value
    if len(proofs) == 1:
        return Order(next(iter(proofs)))
    if proofs:
        return Order("", proofs[MONTH_FIRST])
    return Order("" if unclear else YEAR_FIRST, unclear)


def read_date(text: str, *, order: str) -> date:
    """A date in one of: 2027-01-14 (time of day ignored), 20270114, 14.01.2027, 14/01/2027, 01/14/2027 by `order`, Jalali ۱۴۰۵/۱۰/۲۴.

    Raises Unreadable: a day that does not exist, a year of two digits, years outside 1900 to 2100.
    """
    plain = _plain(text)
    if found := _YEAR_FIRST.fullmatch(plain) or _COMPACT.fullmatch(plain):
        return _checked(int(found[1]), int(found[2]), int(found[3]), text)
    if found := _YEAR_LAST.fullmatch(plain):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        day, month = (second, first) if order == MONTH_FIRST else (first, second)
        return _checked(year, month, day, text)
    if _SHORT_YEAR.fullmatch(plain):
        raise Unreadable(
            "short_year", _("“%(value)s” has a year of two digits. Write all four.") % {"value": shown(text)}
        )
    raise Unreadable("not_a_date", _("“%(value)s” is not a date. Write it like 2027-01-14.") % {"value": shown(text)})


def months_before(day: date, count: int) -> date:
    """The same day of the month `count` months earlier, or that month's last day."""
    return months_after(day, -count)


def months_after(day: date, count: int) -> date:
    """The same day of the month `count` months later, or that month's last day. Raises Unreadable outside 1900 to 2100."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not EARLIEST <= year <= LATEST:
        raise Unreadable(
            "date_out_of_range",
            _("%(count)s months lead outside the years 1900 to 2100. Check the value.") % {"count": count},
        )
    return date(year, month + 1, min(day.day, _last_day(year, month + 1)))


def _plain(text: str) -> str:
    return _INVISIBLE.sub("", normalize_digits(text[:_LONGEST])).strip()


def _checked(year: int, month: int, day: int, text: str) -> date:
    if 1200 <= year < 1600:
        return _from_jalali(year, month, day, text)
    if not EARLIEST <= year <= LATEST:
        raise Unreadable(
            "date_out_of_range",
            _("The year of “%(value)s” is outside 1900 to 2100. Check the date.") % {"value": shown(text)},
        )
    if not 1 <= month <= 12:
        raise Unreadable(
            "no_such_date",
            _("There is no month %(month)s in “%(value)s”. Use a real date.") % {"month": month, "value": shown(text)},
        )
    if not 1 <= day <= _last_day(year, month):
        raise Unreadable(
            "no_such_date",
            _("There is no %(day)s %(month)s %(year)s. Use a real date.")
            % {"day": day, "month": MONTHS[month - 1], "year": year},
        )
    return date(year, month, day)


def _from_jalali(year: int, month: int, day: int, text: str) -> date:
    try:
        return jdatetime.date(year, month, day).togregorian()  # type: ignore[no-any-return]
    except ValueError as error:
        raise Unreadable(
            "no_such_date",
            _("There is no day “%(value)s” in the Jalali calendar. Use a real date.") % {"value": shown(text)},
        ) from error


def _last_day(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
