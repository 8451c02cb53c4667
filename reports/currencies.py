"""The revenue kept of a book in several currencies: at constant exchange rates beside what is reported; a missing rate is said."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from accounts.services import known_rates
from cshub.db import sql
from reports.engine import CurrencySums, retention_by_currency
from reports.headline import DIGITS
from reports.sql import RETENTION_BY_CURRENCY

SUMS = tuple(CurrencySums.__dataclass_fields__)


def currency_numbers(*, since: date, until: date, as_of: datetime, currency: str) -> dict[str, Any] | None:
    """The whole book over [since, until) in `currency`; None where it has one currency, or no rate was known at `as_of`.

    Rates: those valid on the first day and on the last. Keys: grr_constant, nrr_constant, grr_reported, nrr_reported, accounts,
    rates [{currency, accounts, at_start, at_end, start_cents}], missing [{currency, accounts}].
    """
    starts = known_rates(into=currency, on=since, as_of=as_of)
    ends = known_rates(into=currency, on=until - timedelta(days=1), as_of=as_of)
    both = sorted(set(starts) & set(ends))
    if not (set(starts) | set(ends)) - {currency}:
        return None
    params = {
        "start": since,
        "end": until,
        "as_of": as_of,
        "currencies": both,
        "starts": [starts[code] for code in both],
        "ends": [ends[code] for code in both],
    }
    rows = sql.named(RETENTION_BY_CURRENCY, params)
    if all(row.currency == currency for row in rows):
        return None
    known = [row for row in rows if row.start is not None]
    shares = retention_by_currency([CurrencySums(**{name: int(getattr(row, name)) for name in SUMS}) for row in known])
    return {
        **{name: None if share is None else round(share, DIGITS) for name, share in asdict(shares).items()},
        "accounts": sum(row.accounts for row in known),
        "rates": [
            {
                "currency": row.currency,
                "accounts": row.accounts,
                "at_start": _plain(row.rate_at_start),
                "at_end": _plain(row.rate_at_end),
                "start_cents": int(row.start),
            }
            for row in known
        ],
        "missing": [{"currency": row.currency, "accounts": row.accounts} for row in rows if row.start is None],
    }


def _plain(rate: Any) -> str:
    """A rate in digits, without zeros that say nothing."""
    return f"{rate:f}".rstrip("0").rstrip(".") if "." in f"{rate:f}" else f"{rate:f}"
