"""Exchange rates in SQL: written where they differ, and read as of a day and of a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from decimal import Decimal

# Two writers of one pair wait for each other; whoever comes second sees what the first said.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('rates:' || current_schema(), 0))"

_WRITE = """
    INSERT INTO accounts_exchangerate (base, currency, valid_on, rate, source, recorded_at)
    SELECT given.base, given.currency, given.valid_on, given.rate, %(source)s, %(as_of)s
    FROM (
        SELECT base, currency, valid_on, round(rate, 10) AS rate
        FROM unnest(%(bases)s::text[], %(currencies)s::text[], %(days)s::date[], %(rates)s::numeric[]) AS row(base, currency, valid_on, rate)
    ) given
    WHERE given.rate IS DISTINCT FROM (
        SELECT known.rate FROM accounts_exchangerate known
        WHERE known.base = given.base AND known.currency = given.currency AND known.valid_on = given.valid_on
        ORDER BY known.recorded_at DESC LIMIT 1
    )
"""

_KNOWN = """
    SELECT DISTINCT ON (currency) currency, rate
    FROM accounts_exchangerate
    WHERE base = %(into)s AND valid_on <= %(on)s AND recorded_at <= %(as_of)s
    ORDER BY currency, valid_on DESC, recorded_at DESC
"""


def write(rates: Sequence[Any], *, source: str, as_of: datetime) -> int:
    """Add the rates that differ from the last word on their day; how many."""
    sql.rows(_LOCK)
    given = {
        "bases": [each.base for each in rates],
        "currencies": [each.currency for each in rates],
        "days": [each.valid_on for each in rates],
        "rates": [each.rate for each in rates],
        "source": source,
        "as_of": as_of,
    }
    return sql.execute(_WRITE, given)


def known(*, into: str, on: date, as_of: datetime) -> dict[str, Decimal]:
    """The last rate of each currency into `into` that was valid on the day and recorded by `as_of`."""
    return dict(sql.rows(_KNOWN, {"into": into, "on": on, "as_of": as_of}))
