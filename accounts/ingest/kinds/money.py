"""What a row says about money: one yearly amount in one currency."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import AtField

CENT = Decimal("0.01")
LARGEST = Decimal(10) ** 15


def yearly(
    values: dict[str, Any], fields: tuple[tuple[str, int], ...] = (("annual_revenue", 1), ("monthly_revenue", 12))
) -> tuple[Decimal | None, str | None]:
    """The yearly amount and its currency, from the first of `fields` that has a value (times its factor). Raises AtField."""
    currency = values.get("currency")
    for field, factor in fields:
        if field not in values:
            continue
        amount, named = values[field]
        if named and currency and named != currency:
            problem = _("The amount is in %(named)s, and the currency column says %(currency)s. Keep one.")
            raise AtField(field, "two_currencies", problem % {"named": named, "currency": currency})
        if amount < 0:
            raise AtField(
                field, "negative_revenue", _("Revenue cannot be negative. Write 0 for an account that pays nothing.")
            )
        if amount * factor >= LARGEST:
            raise AtField(field, "too_long", _("This is more than 999,999,999,999,999 a year. Check the amount."))
        return (amount * factor).quantize(CENT, rounding=ROUND_HALF_UP), named or currency
    return None, currency
