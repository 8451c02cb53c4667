"""The simulated company before anything happens: its accounts, their size, and how they are doing inside."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from cshub.demo import names

CURRENCY = "EUR"
TYPICAL_ARR = 42_000
ARR_SPREAD = 0.5  # standard deviation of log ARR
FOUNDED_SHARE = 0.8  # accounts that were customers before the first day
DAYS_A_YEAR = 365
SEGMENTS = (("Enterprise", 80_000), ("Mid-market", 35_000), ("Small business", 0))


@dataclass(frozen=True)
class SimulatedAccount:
    """One account as it was drawn. `strength` is how well it does (0 typical, negative worse); nobody in the product sees it."""

    external_id: str
    name: str
    domain: str
    segment: str
    industry: str
    region: str
    arr: Decimal
    joins_on: date
    seats: int
    strength: float
    owner_index: int


def draw_accounts(
    count: int, *, first_day: date, months: int, owners: int, rng: np.random.Generator
) -> list[SimulatedAccount]:
    """`count` accounts: most were customers before `first_day`, the others join over the months. Deterministic in `rng`."""
    arr = np.exp(np.log(TYPICAL_ARR) + ARR_SPREAD * rng.normal(size=count))
    strength = rng.normal(size=count)
    founded = rng.random(count) < FOUNDED_SHARE
    before = rng.integers(1, 4 * DAYS_A_YEAR, size=count)
    later = rng.integers(0, max(1, months * 30 - 60), size=count)
    companies = names.companies(count, rng)
    return [
        _account(
            index,
            companies[index],
            float(arr[index]),
            float(strength[index]),
            _joins(first_day, founded[index], before[index], later[index]),
            owners,
        )
        for index in range(count)
    ]


def _joins(first_day: date, founded: bool, before: int, later: int) -> date:
    return first_day - timedelta(days=int(before)) if founded else first_day + timedelta(days=int(later))


def _account(
    index: int, company: names.Company, arr: float, strength: float, joins_on: date, owners: int
) -> SimulatedAccount:
    rounded = Decimal(round(arr, -2))
    return SimulatedAccount(
        external_id=f"C-{index + 1:05d}",
        name=company.name,
        domain=company.domain,
        segment=next(name for name, floor in SEGMENTS if rounded >= floor),
        industry=company.industry,
        region=company.region,
        arr=rounded.quantize(Decimal("0.01")),
        joins_on=joins_on,
        seats=max(5, round(arr / 900)),
        strength=strength,
        owner_index=index % owners,
    )
