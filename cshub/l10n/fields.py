"""Form fields that take numbers as people write them."""

import re
from typing import Any

from django import forms

from cshub.l10n.digits import normalize_digits

_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_DECIMAL_COMMA = re.compile(r"[-−]?\d+,\d{1,2}")


class AmountField(forms.DecimalField):
    """Money: 12000.50, 12 000,50, 12.000,50, 12,000.50 and Persian digits. What could mean two things, such as 1,234, is refused."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain(value) if isinstance(value, str) else value)


def plain(text: str) -> str:
    """The number with a decimal point and nothing between its digits; text that is no clear number comes back as it is."""
    digits = _SPACES.sub("", normalize_digits(text))
    if "," in digits and "." in digits:
        grouping, decimal = (",", ".") if digits.rfind(".") > digits.rfind(",") else (".", ",")
        return digits.replace(grouping, "").replace(decimal, ".")
    return digits.replace(",", ".") if _DECIMAL_COMMA.fullmatch(digits) else digits
