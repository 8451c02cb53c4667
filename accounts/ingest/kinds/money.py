"""What a row says about money: amounts, in one currency that exists."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import AtField
from accounts.services.currency import is_currency

if TYPE_CHECKING:
    from collections.abc import Sequence

CENT = Decimal("0.01")
LARGEST = Decimal(10) ** 15


def yearly(
    values: dict[str, Any], fields: tuple[tuple[str, int], ...] = (("annual_revenue", 1), ("monthly_revenue", 12))
) -> tuple[Decimal | None, str | None]:
    """The yearly amount and its currency, from the first of `fields` that has a value (times its factor). Raises AtField."""
    for field, factor in fields:
        if field not in values:
            continue
        amount, currency = plain_amount(values, field)
        assert amount is not None
        if amount < 0:
            raise AtField(
                field, "negative_revenue", _("Revenue cannot be negative. Write 0 for an account that pays nothing.")
            )
        if amount * factor >= LARGEST:
            raise AtField(field, "too_long", _("This is more than 999,999,999,999,999 a year. Check the amount."))
        return (amount * factor).quantize(CENT, rounding=ROUND_HALF_UP), currency
    return None, currency_of(values) if "currency" in values else None


def yearly_column(given: Sequence[tuple[Decimal, str] | None]) -> list[Decimal | None] | None:
    """The yearly amounts of many rows at once, as `yearly` gives each; None where a row has to be looked at by itself."""
    if any(pair[1] for pair in given if pair):
        return None
    amounts = [pair and pair[0] for pair in given]
    if not all(amount is None or 0 <= amount < LARGEST for amount in amounts):
        return None
    return [amount and amount.quantize(CENT, rounding=ROUND_HALF_UP) for amount in amounts]


def are_currencies(codes: Sequence[str | None]) -> bool:
    """Whether every code that is given is a currency that exists."""
    return all(is_currency(code) for code in {*codes} - {None} if code)


def amount(values: dict[str, Any], field: str) -> tuple[Decimal | None, str | None]:
    """The amount of a field in whole cents, also a negative one, and the row's currency. Raises AtField."""
    given, currency = plain_amount(values, field)
    if given is None:
        return None, currency
    if abs(given) >= LARGEST:
        raise AtField(field, "too_long", _("This is more than 999,999,999,999,999. Check the amount."))
    return given.quantize(CENT, rounding=ROUND_HALF_UP), currency


def plain_amount(values: dict[str, Any], field: str) -> tuple[Decimal | None, str | None]:
    """The amount of a field as it was given, and the row's currency: the amount's own, or the one beside it. Raises AtField."""
    currency = currency_of(values)
    if field not in values:
        return None, currency
    given, named = values[field]
    if named and currency and named != currency:
        problem = _("The amount is in %(named)s, and the currency column says %(currency)s. Keep one.")
        raise AtField(field, "two_currencies", problem % {"named": named, "currency": currency})
    return given, _existing(field, named) or currency


def currency_of(values: dict[str, Any]) -> str | None:
    """The currency a row names beside its amounts. Raises AtField for one that does not exist."""
    return _existing("currency", values.get("currency"))


def _existing(field: str, code: str | None) -> str | None:
    if code and not is_currency(code):
        text = _("There is no currency “%(value)s”. Use its code of ISO 4217, such as EUR.")
        raise AtField(field, "unknown_currency", text % {"value": code})
    return code or None
