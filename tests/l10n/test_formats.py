"""Numbers, money and dates read as each of the four languages writes them."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from cshub.l10n import formats, preferences

NB = "\u00a0"
LRM = "\u200e"
RENEWAL = date(2027, 1, 14)
TODAY = date(2026, 11, 21)

LONG_MONEY = {
    "en": "€186,000.50",
    "pl": f"186{NB}000,50{NB}€",
    "ru": f"186{NB}000,50{NB}€",
    "fa": f"۱۸۶٬۰۰۰٫۵۰{NB}€",
}
SHORT_MONEY = {
    "en": ["€499", "€1.5k", "€186k", "€1M", "€1.26M", "−€31k", "€0"],
    "pl": [f"499{NB}€", f"1,5{NB}tys.{NB}€", f"186{NB}tys.{NB}€", f"1{NB}mln{NB}€", f"1,26{NB}mln{NB}€", f"−31{NB}tys.{NB}€", f"0{NB}€"],
    "ru": [f"499{NB}€", f"1,5{NB}тыс.{NB}€", f"186{NB}тыс.{NB}€", f"1{NB}млн{NB}€", f"1,26{NB}млн{NB}€", f"−31{NB}тыс.{NB}€", f"0{NB}€"],
    "fa": [f"۴۹۹{NB}€", f"۱٫۵{NB}هزار{NB}€", f"۱۸۶{NB}هزار{NB}€", f"۱{NB}میلیون{NB}€", f"۱٫۲۶{NB}میلیون{NB}€", f"{LRM}−۳۱{NB}هزار{NB}€", f"۰{NB}€"],
}  # fmt: skip
SHORT_AMOUNTS = [Decimal(x) for x in ("499", "1499", "186000", "999600", "1255000", "-31000", "0")]

LANGUAGES = pytest.mark.parametrize("language", ["en", "pl", "ru", "fa"])


@LANGUAGES
def test_money_in_full(language: str) -> None:
    with translation.override(language):
        assert formats.money(Decimal("186000.50"), "EUR") == LONG_MONEY[language]


@LANGUAGES
def test_money_in_short_keeps_three_figures_and_never_says_a_thousand_thousand(language: str) -> None:
    with translation.override(language):
        assert [formats.money(amount, "EUR", compact=True) for amount in SHORT_AMOUNTS] == SHORT_MONEY[language]


def test_a_currency_without_a_sign_keeps_its_distance() -> None:
    with translation.override("en"):
        assert formats.money(Decimal(186000), "PLN") == f"PLN{NB}186,000.00"
    with translation.override("pl"):
        assert formats.money(Decimal(186000), "PLN") == f"186{NB}000,00{NB}zł"


def test_money_follows_the_decimals_of_its_currency() -> None:
    with translation.override("en"):
        assert formats.money(Decimal("186000.4"), "JPY").endswith("186,000")
        assert formats.money(Decimal("1199.6"), "EUR", decimals=0) == "€1,200"


def test_half_a_cent_is_rounded_up_and_nothing_has_no_minus() -> None:
    with translation.override("en"):
        assert formats.money(Decimal("0.125"), "EUR") == "€0.13"
        assert formats.money(Decimal("-0.001"), "EUR") == "€0.00"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("1,234,567.50", "+5.4", "−0.6", "0", "58.4%", "−10%")),
        ("pl", (f"1{NB}234{NB}567,50", "+5,4", "−0,6", "0", "58,4%", "−10%")),
        ("ru", (f"1{NB}234{NB}567,50", "+5,4", "−0,6", "0", f"58,4{NB}%", f"−10{NB}%")),
        ("fa", ("۱٬۲۳۴٬۵۶۷٫۵۰", f"{LRM}+۵٫۴", f"{LRM}−۰٫۶", "۰", "۵۸٫۴٪", f"{LRM}−۱۰٪")),
    ],
)
def test_numbers_changes_and_rates(language: str, expected: tuple[str, ...]) -> None:
    with translation.override(language):
        assert (
            formats.number(Decimal("1234567.5"), decimals=2),
            formats.signed(5.4, decimals=1),
            formats.signed(-0.6, decimals=1),
            formats.signed(0),
            formats.percent(0.584, decimals=1),
            formats.percent(-0.1),
        ) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("14 Jan 2027", "14 Jan", "January 2027", "54 d", "3 d ago", "today", "in 54 days")),
        ("pl", ("14 sty 2027", "14 sty", "styczeń 2027", "54 d.", "3 d. temu", "dziś", "za 54 dni")),
        ("ru", ("14 янв. 2027", "14 янв.", "январь 2027", "54 д.", "3 д. назад", "сегодня", "через 54 дня")),
        ("fa", ("۲۴ دی ۱۴۰۵", "۲۴ دی", "دی ۱۴۰۵", "۵۴ روز", "۳ روز پیش", "امروز", "۵۴ روز دیگر")),
    ],
)
def test_dates_and_distances(language: str, expected: tuple[str, ...]) -> None:
    with translation.override(language):
        assert (
            formats.date(RENEWAL),
            formats.date(RENEWAL, year=False),
            formats.month(RENEWAL),
            formats.days_until(RENEWAL, as_of=TODAY),
            formats.days_until(date(2026, 11, 18), as_of=TODAY),
            formats.days_until(TODAY, as_of=TODAY),
            formats.relative_days(RENEWAL, as_of=TODAY),
        ) == expected


def test_a_reader_may_choose_another_calendar_and_other_digits() -> None:
    with translation.override("fa"), preferences.using(calendar="gregorian", digits="latin"):
        assert formats.date(RENEWAL) == "14 ژانویه 2027"
        assert formats.number(1234) == "1,234"
    with translation.override("en"), preferences.using(calendar="jalali"):
        assert formats.date(RENEWAL) == "24 Dey 1405"
    with translation.override("en"):
        assert formats.date(RENEWAL) == "14 Jan 2027"


def test_only_marks_between_digits_change_in_persian() -> None:
    with translation.override("fa"):
        assert formats.in_digits("1,318 of 2.5, end.") == "۱٬۳۱۸ of ۲٫۵, end."


def test_a_quarter_is_named_or_told_by_its_days_where_the_calendar_divides_otherwise() -> None:
    with translation.override("en"):
        assert formats.quarter("2025-Q4") == "Q4 2025"
        with preferences.using(calendar="jalali"):
            assert formats.quarter("2025-Q4") == "9 Mehr – 10 Dey 1404"
            assert formats.quarter("2025-Q1") == "12 Dey – 11 Farvardin 1404"


def test_what_stands_between_facts_never_reads_as_a_zero() -> None:
    for language in ("en", "pl", "ru"):
        with translation.override(language):
            assert formats.separator() == " · "
    with translation.override("fa"):
        assert formats.separator() == "، "


def test_a_foreign_word_is_kept_apart_in_a_right_to_left_sentence() -> None:
    with translation.override("fa"):
        assert formats.isolated("NPS") == "\u2068NPS\u2069"
    with translation.override("en"):
        assert formats.isolated("NPS") == "NPS"


def test_a_text_that_was_kept_is_not_shown_to_another_reader() -> None:
    with translation.override("en"):
        assert formats.number(1234) == "1,234"
        assert formats.date(RENEWAL) == "14 Jan 2027"
        with preferences.using(digits=preferences.PERSIAN):
            assert formats.number(1234) == "۱٬۲۳۴"
        with preferences.using(calendar=preferences.JALALI):
            assert formats.date(RENEWAL) == "24 Dey 1405"
    with translation.override("pl"):
        assert formats.number(12345) == f"12{NB}345"
