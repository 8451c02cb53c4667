"""Numbers and money as people type them: the decimal sign is decided for a whole column, never for one value."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.ingest.reading.unreadable import Unreadable, shown
from cshub.l10n.digits import normalize_digits

SIGNS = {
    "zł": "PLN", "zl": "PLN", "€": "EUR", "$": "USD", "us$": "USD", "£": "GBP", "₽": "RUB", "руб": "RUB", "руб.": "RUB", "р.": "RUB",
    "﷼": "IRR", "ریال": "IRR", "¥": "JPY", "₴": "UAH", "₺": "TRY", "kč": "CZK", "₹": "INR", "₩": "KRW",
}  # fmt: skip
LONGEST = 40
SURE = 0.95
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DASHES = str.maketrans(
    dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "-") | {"٬": None, "٫": "\u241f"}
)
_BARE = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,20})?")
_PARTS = re.compile(r"(?P<before>[^\d,.\-+\u241f()]*)(?P<number>\(?[-+]?[\d,.\u241f]+\)?-?)(?P<after>\D*)")


@dataclass(frozen=True)
class Convention:
    """How a column writes decimals: `decimal` is "." or ",", or empty while `example` could be read both ways."""

    decimal: str
    example: str = ""


def decide(values: Iterable[str]) -> Convention:
    """Decide the decimal sign from all values of a column.

    1,234.50 and 12,5 prove something, 1,234 could be both. One sign wins when it has nearly all proofs; without any proof, or with
    proofs of both, a value that could be both leaves the choice open.
    """
    proofs, unclear, contrary = {".": 0, ",": 0}, "", {".": "", ",": ""}
    for value in values:
        verdict = _proof(value)
        if verdict == "both":
            unclear = unclear or value
        elif verdict:
            proofs[verdict] += 1
            contrary[verdict] = contrary[verdict] or value
    total = proofs["."] + proofs[","]
    if total == 0:
        return Convention("" if unclear else ".", unclear)
    decimal = max(proofs, key=lambda sign: proofs[sign])
    if proofs[decimal] >= SURE * total:
        return Convention(decimal)
    return Convention("", contrary["," if decimal == "." else "."])


def read_money(text: str, *, decimal: str) -> tuple[Decimal, str]:
    """The amount and its currency (empty where the value names none). Raises Unreadable."""
    if len(text) > 400:
        raise Unreadable(
            "too_long",
            _("A number of %(count)s characters. Use at most 15 digits before the decimals.") % {"count": len(text)},
        )
    if decimal == "." and _BARE.fullmatch(text):
        return Decimal(text), ""
    plain = _SPACES.sub("", normalize_digits(text)).translate(_DASHES)
    found = _PARTS.fullmatch(plain)
    if found is None:
        raise Unreadable(
            "not_a_number", _("“%(value)s” is not a number. Write it like %(example)s.") % _example(text, decimal)
        )
    currency = _currency(found["before"] or found["after"], text)
    if found["before"] and found["after"] and _currency(found["after"], text) != currency:
        raise Unreadable("two_currencies", _("“%(value)s” names two currencies. Keep one.") % {"value": shown(text)})
    return _decimal(found["number"], text, decimal), currency


def read_number(text: str, *, decimal: str) -> Decimal:
    """A number without a currency. Raises Unreadable."""
    amount, currency = read_money(text, decimal=decimal)
    if currency:
        raise Unreadable(
            "not_a_number",
            _("“%(value)s” is money. Leave out the currency, or match the column as money.") % {"value": shown(text)},
        )
    return amount


def read_whole(text: str, *, highest: int) -> int:
    """A whole number from 0 to `highest`. Raises Unreadable."""
    amount = read_number(text, decimal=".") if "," not in text else read_number(text, decimal=",")
    if amount != amount.to_integral_value() or not 0 <= amount <= highest:
        raise Unreadable(
            "not_a_whole_number",
            _("“%(value)s” is not a whole number from 0 to %(highest)s.") % {"value": shown(text), "highest": highest},
        )
    return int(amount)


def _proof(text: str) -> str:
    """The decimal sign that this value proves: ".", ",", "both" when it could be either, "" when it says nothing."""
    found = _PARTS.fullmatch(_SPACES.sub("", normalize_digits(text[:LONGEST])).translate(_DASHES))
    if found is None or "\u241f" in found["number"]:
        return ""
    number = found["number"].strip("()+-")
    dots, commas = number.count("."), number.count(",")
    if dots and commas:
        last = "." if number.rfind(".") > number.rfind(",") else ","
        return last if number.count(last) == 1 else ""
    if not dots and not commas:
        return ""
    sign, other = (".", ",") if dots else (",", ".")
    head, *groups = number.split(sign)
    grouped = 1 <= len(head) <= 3 and head != "0" and all(len(group) == 3 for group in groups)
    if len(groups) > 1:
        return other if grouped else ""
    return "both" if grouped else sign


def _decimal(number: str, text: str, decimal: str) -> Decimal:
    negative = number.startswith(("-", "(")) or number.endswith("-")
    number = number.strip("()+-")
    if "\u241f" in number:
        number, decimal = number.replace(",", "").replace("\u241f", "."), "."
    group = "," if decimal == "." else "."
    if number.count(decimal) > 1 or (
        group in number and decimal in number and number.rfind(group) > number.rfind(decimal)
    ):
        raise Unreadable("two_decimal_points", _two_points(number, text, decimal))
    whole, _sign, fraction = number.partition(decimal)
    head, *groups = whole.split(group)
    if groups and not (1 <= len(head) <= 3 and all(len(part) == 3 for part in groups)):
        remedy = _("“%(value)s” is not clear: decimals follow “%(decimal)s” in this column. Write it like %(example)s.")
        raise Unreadable("unclear_number", remedy % {**_example(text, decimal), "decimal": decimal})
    plain = head + "".join(groups)
    if not plain and not fraction:
        raise Unreadable(
            "not_a_number", _("“%(value)s” is not a number. Write it like %(example)s.") % _example(text, decimal)
        )
    if len(plain) > 15:
        raise Unreadable(
            "too_long",
            _("“%(value)s” has more than 15 digits before the decimals. Check the value.") % {"value": shown(text, 24)},
        )
    amount = Decimal(f"{plain or 0}.{fraction[:20] or 0}")
    return -amount if negative else amount


def _two_points(number: str, text: str, decimal: str) -> object:
    whole, _sign, last = number.replace("," if decimal == "." else ".", decimal).rpartition(decimal)
    digits = whole.replace(decimal, "")
    if not digits.isdigit() or len(digits) > 15:
        return _("“%(value)s” has two decimal points. Keep one.") % {"value": shown(text)}
    meant = f"{int(digits):,}.{last}" if decimal == "." else f"{int(digits):,}".replace(",", ".") + f",{last}"
    return _("“%(value)s” has two decimal points. Did you mean %(meant)s?") % {"value": shown(text), "meant": meant}


def _currency(sign: str, text: str) -> str:
    if not sign:
        return ""
    code = SIGNS.get(sign.lower(), sign.upper())
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise Unreadable(
            "not_a_number",
            _("“%(value)s” is not a number: “%(sign)s” is no currency.")
            % {"value": shown(text), "sign": shown(sign, 20)},
        )
    return code


def _example(text: str, decimal: str) -> dict[str, str]:
    return {"value": shown(text), "example": f"1234{decimal or '.'}50"}
