"""Folds text for search: case, diacritics and letters that are written in several ways make no difference."""

import re
from unicodedata import normalize

from django.db import models

# What decomposition leaves in place: letters with a stroke, the Arabic forms of Persian letters, digits of other scripts.
LETTERS = dict(zip("ŁØĐĦŦłøđħŧıيىكةۀہ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "lodhtlodhtiییکههه01234567890123456789", strict=True))
LETTER_TABLE = str.maketrans("".join(LETTERS), "".join(LETTERS.values()))
PAIRS = {"ß": "ss", "æ": "ae", "œ": "oe"}
MARKS = "[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u00ad\u200b-\u200f]+"


def fold(text: str) -> str:
    """What `Folded` makes of it, for the words that somebody looks for."""
    folded = re.sub(MARKS, "", normalize("NFKD", text)).translate(LETTER_TABLE).lower()
    for letter, pair in PAIRS.items():
        folded = folded.replace(letter, pair)
    return folded


def _template() -> str:
    bare = f"regexp_replace(normalize(%(expressions)s, NFKD), '{MARKS}', '', 'g')"
    folded = f"lower(translate({bare}, '{''.join(LETTERS)}', '{''.join(LETTERS.values())}'))"
    for letter, pair in PAIRS.items():
        folded = f"replace({folded}, '{letter}', '{pair}')"
    is_plain = (
        "octet_length(%(expressions)s) = length(%(expressions)s)"  # as most names are: the rest costs ten times as much
    )
    return f"(CASE WHEN {is_plain} THEN lower(%(expressions)s) ELSE {folded} END)"


class Folded(models.Func):
    """Texts as search compares them, one a line: Łódź is lodz, Ørsted orsted, كتاب کتاب, ۱۲ 12. Immutable, so a column can keep it."""

    template = _template()
    arg_joiner = " || E'\\n' || "
    output_field = models.TextField()
