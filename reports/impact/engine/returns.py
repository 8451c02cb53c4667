"""What the work returned on its cost, in gross margin, with the interval carried through."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isfinite

from reports.impact.engine.result import Money


@dataclass(frozen=True, slots=True)
class Roi:
    """Return on cost as ratios (1.0 = the cost came back twice over).

    `headline` is the lower bound, None when money kept is not shown to be above zero. `break_even_cents` is the
    revenue that has to be kept for the margin to pay the cost.
    """

    roi: float
    lo: float
    hi: float
    headline: float | None
    net_cents: int
    net_lo_cents: int
    net_hi_cents: int
    break_even_cents: int


def roi(money: Money, *, margin: float, cost_cents: int) -> Roi:
    """(incremental ARR x gross margin - cost) / cost, for the estimate and both bounds.

    `margin` is a share above 0 up to 1; `cost_cents` the full cost of the work. Raises ValueError otherwise.
    """
    if not isfinite(margin) or not 0 < margin <= 1:
        raise ValueError(f"margin is {margin}; give the gross margin as a share above 0 up to 1, such as 0.8.")
    if cost_cents <= 0:
        raise ValueError(f"cost_cents is {cost_cents}; give the full cost of the work, above 0.")
    returns = [cents * margin / cost_cents - 1 for cents in (money.est_cents, money.lo_cents, money.hi_cents)]
    return Roi(
        roi=returns[0],
        lo=returns[1],
        hi=returns[2],
        headline=returns[1] if money.lo_cents > 0 else None,
        net_cents=round(money.est_cents * margin) - cost_cents,
        net_lo_cents=round(money.lo_cents * margin) - cost_cents,
        net_hi_cents=round(money.hi_cents * margin) - cost_cents,
        break_even_cents=ceil(cost_cents / margin),
    )
