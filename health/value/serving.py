"""What serving each of many accounts cost in the past year, in its own currency."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from health.value.sql import serving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from health.value.assumed import Assumed

SHORTEST_DAYS = 91  # a young account's cost is carried to a year from at least so long a time
YEAR_DAYS = 365


@dataclass(frozen=True)
class Served:
    """Cost of a year, or why it is unknown; `monthly` goes into what lies ahead. Minutes recorded and estimated, and contacts without any."""

    cost: float | None = None
    monthly: float = 0.0
    currency: str = ""
    refusal: str = ""
    recorded: int = 0
    estimated: int = 0
    unmeasured: int = 0

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What it stands on."""
        return self.cost, self.monthly, self.recorded, self.estimated, self.unmeasured


def served(customers: Sequence[dict[str, Any]], currencies: Mapping[UUID, str], assumed: Assumed) -> dict[UUID, Served]:
    """Of each customer. An account of less than a year is carried to a year. One query, and one for each currency that is asked into."""
    work = assumed.work
    found: dict[UUID, list[Any]] = defaultdict(list)
    if work.is_recorded and work.rates:
        ids = [each["account_id"] for each in customers]
        span = {"since": work.since, "until": work.until, "as_of": assumed.as_of}
        for row in serving.work(ids, **span, means=dict(work.means), rates=work.rates):
            found[row.account_id].append(row)
    return {
        each["account_id"]: _served(each, found[each["account_id"]], currencies[each["account_id"]], assumed)
        for each in customers
    }


def _served(customer: dict[str, Any], rows: Sequence[Any], currency: str, assumed: Assumed) -> Served:
    if not assumed.work.is_recorded:
        return Served(refusal="no_work")
    if not assumed.work.rates or any(row.lacks_rate for row in rows):
        return Served(refusal="no_rate")
    into = currency or assumed.currency or assumed.work.rates[0].currency
    rates = [assumed.exchange(row.currency or into, into) for row in rows]
    counts = {
        "recorded": sum(row.recorded for row in rows),
        "estimated": sum(row.estimated for row in rows),
        "unmeasured": sum(row.unmeasured for row in rows),
    }
    if any(rate is None for rate in rates):
        return Served(refusal="no_exchange", **counts)
    cost = sum(row.money * rate for row, rate in zip(rows, rates, strict=True) if rate is not None)
    since = customer["customer_since_on"]
    days = YEAR_DAYS if since is None else min(YEAR_DAYS, max(SHORTEST_DAYS, (assumed.today - since).days))
    return Served(cost=cost, monthly=cost * YEAR_DAYS / days / 12, currency=into, **counts)
