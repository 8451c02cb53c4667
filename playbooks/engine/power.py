"""Says before anything starts how large an effect has to be for a holdout to show it."""

from math import ceil, sqrt
from statistics import NormalDist

LEAST_PER_ARM = 30  # below it a rate comparison is refused a verdict
POWER = 0.8
SIGNIFICANCE = 0.05
_STEPS = 60


def smallest_effect(
    *,
    treated_count: float,
    held_out_count: float,
    loss_rate: float,
    power: float = POWER,
    significance: float = SIGNIFICANCE,
) -> float | None:
    """The smallest fall of the loss rate, in 0 to 1, that would be found with this power; None when not even zero loss would be.

    `loss_rate` is the share of held-out accounts that do not renew. Two independent proportions, two-sided, normal approximation with
    separate variances: Chow, Shao, Wang, Lokhnygina, "Sample Size Calculations in Clinical Research", 3rd ed., section 4.2.
    Raises ValueError for counts or rates that are none.
    """
    if treated_count <= 0 or held_out_count <= 0:
        raise ValueError("Both arms need accounts.")
    if not 0 < loss_rate < 1:
        raise ValueError("The loss rate lies between 0 and 1.")
    reach = _reach(power, significance)

    def is_found(effect: float) -> bool:
        treated_rate = loss_rate - effect
        error = sqrt(treated_rate * (1 - treated_rate) / treated_count + loss_rate * (1 - loss_rate) / held_out_count)
        return effect >= reach * error

    if not is_found(loss_rate):
        return None
    low, high = 0.0, loss_rate
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_found(middle) else (middle, high)
    return high


def required_total(
    *, effect: float, loss_rate: float, holdout_share: float, power: float = POWER, significance: float = SIGNIFICANCE
) -> int:
    """How many accounts, both arms together, show a fall of the loss rate from `loss_rate` by `effect`. Same source as `smallest_effect`."""
    treated_rate = loss_rate - effect
    spread = treated_rate * (1 - treated_rate) / (1 - holdout_share) + loss_rate * (1 - loss_rate) / holdout_share
    return ceil(_reach(power, significance) ** 2 * spread / effect**2)


def _reach(power: float, significance: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - significance / 2) + normal.inv_cdf(power)
