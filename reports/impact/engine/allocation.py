"""Share one amount among the touches before it, to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Literal

HALF_LIFE_DAYS = 30

Rule = Literal["equal", "time_decay"]


@dataclass(frozen=True, slots=True)
class Touch:
    """One thing done for an account, so many days before the renewal."""

    id: str
    days_before: float


def allocate(total_cents: int, touches: Sequence[Touch], *, rule: Rule = "equal") -> dict[str, int]:
    """Cents per touch id; they add up to `total_cents` exactly. No touches, no shares.

    `time_decay` weighs a touch by 2^(-days_before/30). A touch listed twice counts once, at its smallest distance.
    A negative total gives the mirror image of the positive one. Raises ValueError for an unknown rule, a touch
    after the renewal, or a number of days that is none.
    """
    nearest: dict[str, float] = {}
    for touch in touches:
        if not isfinite(touch.days_before) or touch.days_before < 0:
            raise ValueError(f"Touch {touch.id!r}: days_before is {touch.days_before}; give days, 0 or more.")
        nearest[touch.id] = min(touch.days_before, nearest.get(touch.id, touch.days_before))
    return split_cents(total_cents, _weights(nearest, rule))


def split_cents(total_cents: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """Whole cents in proportion to the weights: largest remainder (Hamilton), ties by id. Exact, without floats.

    Weights must not be negative, and their sum must be positive unless there are none.
    """
    if not weights:
        return {}
    total_weight = sum(weights.values(), Fraction(0))
    exact = {name: abs(total_cents) * weight / total_weight for name, weight in weights.items()}
    shares = {name: int(amount) for name, amount in exact.items()}
    left = abs(total_cents) - sum(shares.values())
    by_remainder = sorted(exact, key=lambda name: (shares[name] - exact[name], name))
    for name in by_remainder[:left]:
        shares[name] += 1
    sign = -1 if total_cents < 0 else 1
    return {name: sign * shares[name] for name in sorted(shares)}


def _weights(days: Mapping[str, float], rule: str) -> dict[str, Fraction]:
    if rule == "equal":
        return {name: Fraction(1) for name in days}
    if rule == "time_decay":
        # Only distances between touches matter; from the nearest one on, no weight of all can vanish.
        nearest = min(days.values(), default=0.0)
        return {name: Fraction(2.0 ** (-(distance - nearest) / HALF_LIFE_DAYS)) for name, distance in days.items()}
    raise ValueError(f"rule is {rule!r}; give 'equal' or 'time_decay'.")
