"""Amounts from draws, with their interval, and today's worth of later ones."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from health.engine.value.worth import CannotValue

Floats = NDArray[np.float64]


def in_cents(estimate: float, draws: Floats | Sequence[float] | None) -> tuple[int, int | None, int | None]:
    """Estimate and the 2.5 and 97.5 percentiles of the draws, outward to whole cents."""
    if draws is None or not len(draws):
        return round(estimate), None, None
    lo, hi = np.quantile(np.asarray(draws), [0.025, 0.975])
    return round(estimate), floor(min(lo, estimate)), ceil(max(hi, estimate))


def discounted(yearly: float, years: Floats) -> Floats:
    """Today's worth of 1 after so many years. Raises CannotValue for a rate of -100 % or less."""
    if not yearly > -1 or not np.isfinite(yearly):
        raise CannotValue(f"discount is {yearly}; give a yearly rate such as 0.1 for 10 %.")
    return np.asarray((1 + yearly) ** -years)
