"""How numbers, money and dates read in each language: the one place for pages, mails, sheets and reports.

Every function returns plain text in the active language. Put the text of a number or a name into <bdi>
when a right-to-left sentence surrounds it. Texts are kept by value and reader: a list shows the same figures and days again and again.
"""

import datetime
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, wraps
from typing import Any, ParamSpec

import jdatetime
from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import (
    format_compact_currency,
    format_currency,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
)
from django.utils import timezone

from cshub.l10n import digits, preferences

DASH = "\u2013"  # stands where there is no value
NO_BREAK_SPACE = "\u00a0"
KEPT = 4_000  # texts of each kind
LOCALES = {"en": "en_GB", "pl": "pl", "ru": "ru", "fa": "fa"}
_DAYS = {
    "en": ("today", "{n} d", "{n} d ago"),
    "pl": ("dziś", "{n} d.", "{n} d. temu"),
    "ru": ("сегодня", "{n} д.", "{n} д. назад"),
    "fa": ("امروز", "{n} روز", "{n} روز پیش"),
}
_JALALI_MONTHS = {
    "fa": ("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"),
    "en": tuple(jdatetime.date.j_months_en),
}

Number = Decimal | int | float
Values = ParamSpec("Values")


def _kept(write: Callable[Values, str]) -> Callable[Values, str]:
    """Keep the texts of a function by its values and by who reads them."""

    def of_reader(_reader: tuple[str, str, str], *args: Any, **kwargs: Any) -> str:
        return write(*args, **kwargs)

    written: Callable[..., str] = lru_cache(maxsize=KEPT, typed=True)(of_reader)

    @wraps(write)
    def text(*args: Values.args, **kwargs: Values.kwargs) -> str:
        return written(preferences.reader(), *args, **kwargs)

    return text


@_kept
def money(amount: Decimal, currency: str, *, compact: bool = False, decimals: int | None = None) -> str:
    """`amount` in units of the ISO `currency`: €186,000.00, or €186k and €1.26M when compact."""
    size = _rounded(abs(amount), get_currency_precision(currency) if decimals is None else decimals)
    text = _compact(abs(amount), currency) if compact else _spaced_code(_whole(size, currency, decimals), currency)
    shown_zero = not compact and size == 0
    return _signed_text(text, negative=amount < 0 and not shown_zero)


@_kept
def number(value: Number, *, decimals: int = 0) -> str:
    """1,234.5 as the language groups it, rounded half up to `decimals`."""
    size = _rounded(value, decimals)
    return _signed_text(_decimal(abs(size), decimals), negative=size < 0)


@_kept
def signed(value: Number, *, decimals: int = 0) -> str:
    """A change: +5.4, −0.6, and 0 without a sign."""
    size = _rounded(value, decimals)
    return _signed_text(_decimal(abs(size), decimals), negative=size < 0, positive=size > 0)


@_kept
def percent(rate: Number, *, decimals: int = 0) -> str:
    """A rate in 0-1 as per cent: 58%, 58 %, ۵۸٪."""
    size = _rounded(Decimal(str(rate)) * 100, decimals)
    sign = {"ru": NO_BREAK_SPACE + "%", "fa": "٪"}.get(preferences.language(), "%")
    if preferences.digits() == preferences.PERSIAN:
        sign = "٪"
    return _signed_text(_decimal(abs(size), decimals) + sign, negative=size < 0)


@_kept
def date(day: datetime.date, *, year: bool = True) -> str:
    """14 Jan 2027 in the reader's calendar; without the year when it is plain from the context."""
    if preferences.calendar() == preferences.JALALI:
        jalali = jdatetime.date.fromgregorian(date=day)
        text = f"{jalali.day} {_jalali_month(jalali.month)}" + (f" {jalali.year}" if year else "")
    else:
        text = _day(day, "d MMM y" if year else "d MMM", _language())
    return _in_digits(text)


@_kept
def month(day: datetime.date) -> str:
    """January 2027: the month of the reader's calendar that `day` falls in."""
    if preferences.calendar() == preferences.JALALI:
        jalali = jdatetime.date.fromgregorian(date=day)
        return _in_digits(f"{_jalali_month(jalali.month)} {jalali.year}")
    return _in_digits(format_date(day, "LLLL y", locale=_locale()))


def moment(at: datetime.datetime) -> str:
    """14 Jan 2027, 09:30: day and time of day, in the zone the reader works in."""
    here = timezone.localtime(at)
    return (
        f"{date(here.date())}{'،' if preferences.language() == 'fa' else ','} {isolated(_in_digits(f'{here:%H:%M}'))}"
    )


def ago(at: datetime.datetime, *, as_of: datetime.datetime) -> str:
    """How long since: 3 minutes ago, 2 days ago."""
    return _in_digits(
        format_timedelta(
            min(at - as_of, datetime.timedelta()), granularity="minute", add_direction=True, locale=_locale()
        )
    )


def duration(minutes: float) -> str:
    """How long something takes or took: 25 minutes, 3 hours, 2 days."""
    return _in_digits(format_timedelta(datetime.timedelta(minutes=minutes), granularity="minute", locale=_locale()))


def quarter(name: str) -> str:
    """“2025-Q4” as the reader reads it: Q4 2025; by its first and last day where another calendar divides the year otherwise."""
    year, _, number_of = name.partition("-Q")
    if preferences.calendar() != preferences.JALALI:
        return _in_digits(f"Q{number_of} {year}")
    first = datetime.date(int(year), 3 * int(number_of) - 2, 1)
    following = datetime.date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)
    last = following - datetime.timedelta(days=1)
    return f"{date(first, year=False)} {DASH} {date(last)}"


def isolated(text: str) -> str:
    """A foreign word inside a right-to-left sentence, so that its neighbors keep their order; elsewhere the text alone."""
    return f"\u2068{text}\u2069" if preferences.language() in preferences.RIGHT_TO_LEFT else text


def separator() -> str:
    """What stands between short facts on one line: a middle dot, but not where it reads as the digit zero."""
    return "، " if preferences.language() == "fa" else " · "


@_kept
def days_until(day: datetime.date, *, as_of: datetime.date) -> str:
    """Short distance in days, for tables: 54 d, today, 3 d ago."""
    left = (day - as_of).days
    today, ahead, past = _DAYS.get(preferences.language(), _DAYS["en"])
    if left == 0:
        return today
    return (ahead if left > 0 else past).format(n=number(abs(left)))


@_kept
def relative_days(day: datetime.date, *, as_of: datetime.date) -> str:
    """Distance in days, for sentences: in 54 days, 3 days ago, today."""
    if day == as_of:
        return _DAYS.get(preferences.language(), _DAYS["en"])[0]
    return _in_digits(
        format_timedelta(day - as_of, granularity="day", threshold=10_000, add_direction=True, locale=_locale())
    )


def decimal_mark() -> str:
    """The mark that people of the active language type before decimals."""
    return "," if preferences.language() in {"pl", "ru"} else "."


def in_digits(text: object) -> str:
    """Any text with its digits as the reader writes them; for codes and keys leave the text alone."""
    return _in_digits(str(text))


def _locale() -> Locale:
    return _parsed(_language())


def _language() -> str:
    return LOCALES.get(preferences.language(), "en_GB")


@lru_cache
def _parsed(name: str) -> Locale:
    return Locale.parse(name)


@lru_cache(maxsize=KEPT)
def _day(day: datetime.date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=_parsed(locale))


@lru_cache(maxsize=KEPT)
def _figure(size: Decimal, decimals: int, locale: str) -> str:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(size, format=pattern, locale=_parsed(locale))


@lru_cache(maxsize=KEPT)
def _short_sum(size: Decimal, currency: str, decimals: int, locale: str) -> str:
    return format_compact_currency(size, currency, locale=_parsed(locale), fraction_digits=decimals)


def _rounded(value: Number, decimals: int) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _decimal(size: Decimal, decimals: int) -> str:
    return _in_digits(_figure(size, decimals, _language()))


def _whole(size: Decimal, currency: str, decimals: int | None) -> str:
    """Persian puts the currency behind the figure in the short form; the long form follows it here."""
    places = get_currency_precision(currency) if decimals is None else decimals
    standard = "#,##0.00\u00a0¤" if preferences.language() == "fa" else _locale().currency_formats["standard"].pattern
    pattern = standard.replace(".00", "." + "0" * places if places else "")
    return format_currency(size, currency, format=pattern, currency_digits=False, locale=_locale())


def _spaced_code(text: str, currency: str) -> str:
    """CLDR asks for a space between a symbol of letters and the figure; Babel leaves it out."""
    symbol = get_currency_symbol(currency, locale=_locale())
    if text.startswith(symbol) and symbol[-1].isalpha() and text[len(symbol)].isdigit():
        text = symbol + NO_BREAK_SPACE + text[len(symbol) :]
    return _in_digits(text)


def _compact(size: Decimal, currency: str) -> str:
    """Three figures at most: €499, €1.5k, €186k, €1.26M; 999,600 is €1M, never €1,000k."""
    if size >= 999_500:
        size, decimals = max(size, Decimal(1_000_000)), 2
    elif size >= 1000:
        decimals = 1 if size < 9_950 else 0
        size = _rounded(size / 1000, decimals) * 1000
    else:
        size, decimals = _rounded(size, 0), 0
    text = _short_sum(size, currency, decimals, _language())
    return _spaced_code(text.replace("K", "k") if preferences.language() == "en" else text, currency)


def _signed_text(text: str, *, negative: bool, positive: bool = False) -> str:
    """A leading sign; a mark keeps it on the left of the figure in right-to-left lines."""
    text = text.lstrip(digits.LEFT_TO_RIGHT_MARK)
    if not negative and not positive:
        return text
    mark = digits.LEFT_TO_RIGHT_MARK if preferences.language() in preferences.RIGHT_TO_LEFT else ""
    return mark + (digits.MINUS if negative else "+") + text


def _in_digits(text: str) -> str:
    if preferences.digits() != preferences.PERSIAN:
        return text
    marks = str.maketrans({".": "٫", ",": "٬"})
    parts = []
    for position, letter in enumerate(text):
        between = 0 < position < len(text) - 1 and text[position - 1].isdigit() and text[position + 1].isdigit()
        parts.append(letter.translate(marks) if between else letter)
    return digits.to_persian("".join(parts))


def _jalali_month(index: int) -> str:
    return str(_JALALI_MONTHS.get(preferences.language(), _JALALI_MONTHS["en"])[index - 1])
