"""Several comparisons as one figure: every readable one counts, losers included, each inside its own lot."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt

from reports.impact.engine import MeasuredMoney, Money, Result, Verdict


@dataclass(frozen=True)
class PooledRate:
    """Renewals kept of 100 that were worked on, over several comparisons: shares with their 95% interval, and the counts behind them."""

    estimate: float
    low: float
    high: float
    verdict: Verdict
    treated: int
    held_out: int
    comparisons: int


def pool_money(results: Sequence[Result]) -> MeasuredMoney:
    """The money of all comparisons that can be read, as one measurement.

    Each version draws its own lot, so the errors are independent: estimates add, half-widths add in quadrature
    (MOVER; Zou & Donner, Statistics in Medicine 27 (2008) 1693-1702). What cannot be shown adds nothing and is named in the report.
    """
    readable = [row.money for row in results if row.money is not None]
    if not readable:
        return MeasuredMoney(Verdict.CANNOT_BE_SHOWN, None)
    estimate = sum(row.est_cents for row in readable)
    below = sqrt(sum((row.est_cents - row.lo_cents) ** 2 for row in readable))
    above = sqrt(sum((row.hi_cents - row.est_cents) ** 2 for row in readable))
    money = Money(est_cents=estimate, lo_cents=floor(estimate - below), hi_cents=ceil(estimate + above))
    return MeasuredMoney(_verdict(money.lo_cents, money.hi_cents), money)


def pool_rates(results: Sequence[Result]) -> PooledRate | None:
    """The differences of renewal rates, each weighted by its treated renewals; None when no comparison can be read.

    So it answers for the treated: of 100 renewals that were worked on, how many would not have renewed. Treated are never compared with the
    held out of another lot. The interval adds the weighted half-widths in quadrature, as `pool_money` does.
    """
    readable = [
        (row.counts, row.estimate, row.lo, row.hi)
        for row in results
        if row.estimate is not None and row.lo is not None and row.hi is not None
    ]
    if not readable:
        return None
    treated = sum(counts.treated for counts, *_interval in readable)
    weights = [counts.treated / treated for counts, *_interval in readable]
    parts = list(zip(weights, readable, strict=True))
    estimate = sum(weight * point for weight, (_counts, point, _lo, _hi) in parts)
    low = estimate - sqrt(sum((weight * (point - lo)) ** 2 for weight, (_counts, point, lo, _hi) in parts))
    high = estimate + sqrt(sum((weight * (hi - point)) ** 2 for weight, (_counts, point, _lo, hi) in parts))
    held_out = sum(counts.held_out for counts, *_interval in readable)
    return PooledRate(estimate, low, high, _verdict(low, high), treated, held_out, len(readable))


def _verdict(low: float, high: float) -> Verdict:
    if low > 0:
        return Verdict.MEASURED_GAIN
    return Verdict.MEASURED_LOSS if high < 0 else Verdict.NO_EFFECT_SHOWN
