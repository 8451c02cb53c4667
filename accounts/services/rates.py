"""Records exchange rates: said once, corrected by a later word, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services.currency import is_currency
from accounts.services.refusals import UnusableRate
from accounts.sql import rates as statements
from cshub.audit import services as audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cshub.users.models import User

MOST_RATES = 5000
PLACES = Decimal("1e-10")
LARGEST_RATE = Decimal(10) ** 9
EARLIEST = date(1970, 1, 1)


@dataclass(frozen=True)
class Rate:
    """From `valid_on` one unit of `currency` is worth `rate` units of `base`."""

    base: str
    currency: str
    valid_on: date
    rate: Decimal


@transaction.atomic
def set_rates(rates: Sequence[Rate], *, by: User | None, as_of: datetime, source: str = "") -> int:
    """Write rates that differ from what is known of their day; returns how many. What was known before stays on record.

    A rate holds until the next day that has one. Raises UnusableRate naming the first rate at fault, and then nothing is written.
    """
    if len(rates) > MOST_RATES:
        raise UnusableRate(_("Send at most %(most)s rates at a time.") % {"most": MOST_RATES})
    for row, each in enumerate(rates, start=1):
        _check(row, each, as_of=as_of)
    if len({(each.base, each.currency, each.valid_on) for each in rates}) < len(rates):
        raise UnusableRate(_("One currency has two rates of the same day here. Keep one."), field="valid_on")
    count = statements.write(rates, source=source[:200], as_of=as_of) if rates else 0
    if count:
        after = {"count": count, "source": source, "currencies": sorted({each.currency for each in rates})}
        audit.record("rates.set", target=None, by=by, at=as_of, after=after)
    return count


def known_rates(*, into: str, on: date, as_of: datetime) -> dict[str, Decimal]:
    """What one unit of each currency was worth in `into` on a day, as known at `as_of`; `into` itself is 1. A missing rate is missing."""
    return {into: Decimal(1), **statements.known(into=into, on=on, as_of=as_of)}


def _check(row: int, each: Rate, *, as_of: datetime) -> None:
    words = {"row": row, "base": each.base, "currency": each.currency, "rate": each.rate, "day": each.valid_on}
    for field in ("base", "currency"):
        if not is_currency(getattr(each, field)):
            raise UnusableRate(
                _("Row %(row)s: “%(value)s” is not a currency. Use a code of three letters such as EUR.")
                % {"row": row, "value": getattr(each, field)},
                field=field,
            )
    if each.base == each.currency:
        raise UnusableRate(
            _("Row %(row)s: a rate is between two currencies, and both are %(base)s. Leave it out.") % words,
            field="currency",
        )
    if not (each.rate.is_finite() and PLACES <= each.rate < LARGEST_RATE):
        raise UnusableRate(
            _("Row %(row)s: %(rate)s is not a rate. Say what one %(currency)s is worth in %(base)s, more than 0.")
            % words,
            field="rate",
        )
    if not EARLIEST <= each.valid_on <= as_of.date().replace(month=12, day=31):
        raise UnusableRate(
            _("Row %(row)s: %(day)s is no day a rate can be known for. Give one from 1970 to the end of this year.")
            % words,
            field="valid_on",
        )
