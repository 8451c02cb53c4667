"""Reads exchange rates from a CSV table, as central banks and finance teams keep them."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.services.rates import MOST_RATES, Rate
from accounts.services.refusals import UnusableRate

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = ("valid_on", "currency", "base", "rate")


def rates_of(text: str) -> list[Rate]:
    """The rates of a table with the columns valid_on (YYYY-MM-DD), currency, base and rate, separated by commas, semicolons or tabs.

    With semicolons or tabs a rate may have a decimal comma. Raises UnusableRate naming the row and what to correct.
    """
    text = text.removeprefix("\ufeff").strip()
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
    names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if missing := [name for name in COLUMNS if name not in names]:
        raise UnusableRate(
            _("The table has no column %(column)s. Its first line has to be: valid_on, currency, base, rate.")
            % {"column": missing[0]},
            field="csv",
        )
    reader.fieldnames = names
    found: list[Rate] = []
    try:
        for number, row in enumerate(reader, start=1):
            if number > MOST_RATES:
                raise UnusableRate(_("Send at most %(most)s rates at a time.") % {"most": MOST_RATES}, field="csv")
            found.append(_rate(number, row, comma=separator != ","))
    except csv.Error:
        raise UnusableRate(_("This is no CSV table. Save it as CSV with a header line."), field="csv") from None
    return found


def _rate(number: int, row: Mapping[str, str | None], *, comma: bool) -> Rate:
    cell = {name: (row.get(name) or "").strip() for name in COLUMNS}
    try:
        valid_on = date.fromisoformat(cell["valid_on"])
    except ValueError:
        raise UnusableRate(
            _("Row %(row)s: “%(value)s” is not a date. Write it like 2026-03-31.")
            % {"row": number, "value": cell["valid_on"][:40]},
            field="csv",
        ) from None
    try:
        rate = Decimal(cell["rate"].replace(",", ".") if comma else cell["rate"])
    except InvalidOperation:
        raise UnusableRate(
            _("Row %(row)s: “%(value)s” is not a rate. Write a number such as 1.0842.")
            % {"row": number, "value": cell["rate"][:40]},
            field="csv",
        ) from None
    return Rate(cell["base"].upper(), cell["currency"].upper(), valid_on, rate)
