"""Digits: reading the ones people type, writing the ones they read."""

import re
from decimal import Decimal, InvalidOperation

LATIN = "0123456789"
PERSIAN = "۰۱۲۳۴۵۶۷۸۹"
ARABIC = "٠١٢٣٤٥٦٧٨٩"

MINUS = "\u2212"
LEFT_TO_RIGHT_MARK = "\u200e"

_TO_LATIN = str.maketrans(PERSIAN + ARABIC, LATIN * 2)
_TO_PERSIAN = str.maketrans(LATIN, PERSIAN)
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f']")
_DASHES = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-"))
_GROUPED = r"[+-]?\d{{1,3}}(?:{group}\d{{3}})+(?:{decimal}\d+)?"
_PLAIN = r"[+-]?\d*(?:{decimal}\d*)?"


def normalize_digits(text: str) -> str:
    """Persian and Arabic digits become 0-9; everything else stays as it was."""
    return text.translate(_TO_LATIN)


def to_persian(text: str) -> str:
    """0-9 become ۰-۹; everything else stays as it was."""
    return text.translate(_TO_PERSIAN)


def parse_number(text: str, *, decimal: str = ".") -> Decimal:
    """Read a typed number; `decimal` is the mark of the writer's language ("." or ",").

    Accepts Persian and Arabic digits with ٫ and ٬, spaces of any width as grouping, and any dash as minus.
    A comma in English, or a dot in Polish, counts as grouping only where groups of three digits prove it.
    Raises ValueError naming the value and the remedy.
    """
    plain = _SPACES.sub("", _INVISIBLE.sub("", normalize_digits(text))).translate(_DASHES)
    plain = plain.removeprefix("+")
    if "٫" in plain or "٬" in plain:
        decimal, plain = ".", plain.replace("٬", "").replace("٫", ".")
    group = "," if decimal == "." else "."
    if group in plain:
        plain = _without_grouping(plain, group=group, decimal=decimal, original=text)
    if not re.search(r"\d", plain) or not re.fullmatch(_PLAIN.format(decimal=re.escape(decimal)), plain):
        raise ValueError(f"“{text}” is not a number. Write it like 1234{decimal}50.")
    try:
        return Decimal(plain.replace(decimal, "."))
    except InvalidOperation as error:
        raise ValueError(f"“{text}” is not a number. Write it like 1234{decimal}50.") from error


def _without_grouping(plain: str, *, group: str, decimal: str, original: str) -> str:
    pattern = _GROUPED.format(group=re.escape(group), decimal=re.escape(decimal))
    if not re.fullmatch(pattern, plain):
        raise ValueError(f"“{original}” is not clear: write decimals after “{decimal}” and leave out “{group}”.")
    return plain.replace(group, "")
