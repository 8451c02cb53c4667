"""Typed numbers are read in every script, and what is unclear is refused with a remedy."""

from decimal import Decimal

import pytest

from cshub.l10n.digits import normalize_digits, parse_number


def test_digits_of_every_script_become_latin() -> None:
    assert normalize_digits("۱۴۰۵/۱۰/۲۴ ٢٣ I-2214") == "1405/10/24 23 I-2214"


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1234.5", ".", "1234.5"),
        ("1,234,567.50", ".", "1234567.50"),
        ("186 000,00", ",", "186000.00"),
        ("186\u00a0000,5", ",", "186000.5"),
        ("186\u202f000", ",", "186000"),
        ("1.234.567,5", ",", "1234567.5"),
        ("۱۸۶٬۰۰۰٫۵۰", ".", "186000.50"),
        ("١٢٣", ".", "123"),
        ("−0,6", ",", "-0.6"),
        ("\u200e-12", ".", "-12"),
        ("+7", ".", "7"),
        (",5", ",", "0.5"),
    ],
)
def test_numbers_are_read_as_people_type_them(text: str, mark: str, value: str) -> None:
    assert parse_number(text, decimal=mark) == Decimal(value)


@pytest.mark.parametrize(("text", "mark"), [("1234,5", "."), ("1,23", "."), ("1.200.50", ","), ("1.5", ",")])
def test_an_unclear_mark_is_refused_with_the_remedy(text: str, mark: str) -> None:
    with pytest.raises(ValueError, match="write decimals after") as refused:
        parse_number(text, decimal=mark)
    assert text in str(refused.value)


@pytest.mark.parametrize("text", ["", "-", "abc", "1e5", "12 zł", "NaN", "."])
def test_what_is_no_number_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_number(text)
