"""Form fields that take numbers as people write them."""

from typing import Any

from django import forms

from cshub.l10n.digits import parse_number
from cshub.l10n.formats import decimal_mark


class AmountField(forms.DecimalField):
    """Money as the reader's language writes it, or else as the other half of the world does: 12,000.50 and 12 000,50 both work everywhere."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(plain(value) if isinstance(value, str) else value)


def plain(text: str) -> str:
    """The number with a decimal point and nothing between its digits; text that is no number comes back as it is."""
    for mark in sorted(".,", key=lambda each: each != decimal_mark()):
        try:
            return str(parse_number(text, decimal=mark)) if text.strip() else text
        except ValueError:
            continue
    return text
