"""From which probability on it pays to make an offer, and what that would bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from health.engine.prediction.snapshots import Floats

REDRAWS = 500
SEED = 20_240_229


@dataclass(frozen=True, slots=True)
class Offer:
    """What contacting costs and does, in cents: `contact_cents` for everybody contacted, `offer_cents` for everybody who accepts it.

    Those who would have stayed accept; of those about to leave `success_rate` (0 to 1) accept and stay.
    """

    offer_cents: int
    contact_cents: int
    success_rate: float

    def __post_init__(self) -> None:
        if not 0 <= self.success_rate <= 1:
            raise ValueError(f"success_rate is {self.success_rate}; give a share from 0 to 1.")
        for name in ("offer_cents", "contact_cents"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; give cents, 0 or more.")


@dataclass(frozen=True, slots=True)
class Step:
    """Contacting the `contacted` accounts with a probability of at least `threshold`: `leaving` expected among them, profit in cents."""

    threshold: float
    contacted: int
    leaving: float
    profit_cents: int


@dataclass(frozen=True, slots=True)
class ContactPlan:
    """The best step, or None where contacting nobody is best; the whole curve; and break-even for the median account.

    `lo_cents` and `hi_cents`: 95 % of what the best step brings when the same accounts leave or stay by their probabilities.
    `break_even` is None where no probability pays.
    """

    best: Step | None
    lo_cents: int
    hi_cents: int
    break_even: float | None
    curve: tuple[Step, ...]


def contact_threshold(probability: Sequence[float], value_cents: Sequence[int], offer: Offer) -> ContactPlan:
    """The probability from which on contacting pays, given each account's customer value in cents if it stays.

    Expected profit of contacting one: p x success x (value - offer) - (1 - p) x offer - contact. Accounts are contacted from the
    highest probability down; equal ones together. Source: Verbeke et al., European Journal of Operational Research 218 (2012)
    211-229, with each account's own value. Raises ValueError naming the row.
    """
    chance, value = _checked(probability, value_cents)
    gains = _expected(chance, value, offer)
    order = np.argsort(-chance, kind="stable")
    ends = np.flatnonzero(np.diff(chance[order], append=-1.0))
    profit, leaving = np.cumsum(gains[order]), np.cumsum(chance[order])
    curve = tuple(
        Step(float(chance[order][end]), int(end) + 1, float(leaving[end]), round(float(profit[end]))) for end in ends
    )
    best = max(curve, key=lambda step: (step.profit_cents, -step.contacted), default=None)
    if best is None or best.profit_cents <= 0:
        return ContactPlan(None, 0, 0, break_even(float(np.median(value)) if len(value) else 0.0, offer), curve)
    chosen = chance >= best.threshold
    lo, hi = _spread(chance[chosen], value[chosen], offer)
    return ContactPlan(best, lo, hi, break_even(float(np.median(value)), offer), curve)


def break_even(value_cents: float, offer: Offer) -> float | None:
    """The probability at which contacting an account of this value brings nothing: (offer + contact) / (success x (value - offer) + offer).

    None where even an account certain to leave is not worth it.
    """
    gain = offer.success_rate * (value_cents - offer.offer_cents) + offer.offer_cents
    share = (offer.offer_cents + offer.contact_cents) / gain if gain > 0 else np.inf
    return float(share) if share <= 1 else None


def realized_cents(chosen: Sequence[bool], churned: Sequence[bool], value_cents: Sequence[int], offer: Offer) -> int:
    """What a choice would have brought in a back-test, had the offer worked at its success rate on those that left; in cents."""
    picked, left = np.asarray(chosen, dtype=bool), np.asarray(churned, dtype=float)
    return round(float(_expected(left, np.asarray(value_cents, dtype=float), offer)[picked].sum()))


def _expected(chance: Floats, value: Floats, offer: Offer) -> Floats:
    kept = chance * offer.success_rate * (value - offer.offer_cents)
    return np.asarray(kept - (1 - chance) * offer.offer_cents - offer.contact_cents)


def _spread(chance: Floats, value: Floats, offer: Offer) -> tuple[int, int]:
    """Drawn with a fixed seed: who leaves, and who of those accepts."""
    rng = np.random.Generator(np.random.PCG64(SEED))
    totals = np.empty(REDRAWS)
    for draw in range(REDRAWS):
        left = rng.random(len(chance)) < chance
        saved = left & (rng.random(len(chance)) < offer.success_rate)
        brought = (value[saved] - offer.offer_cents).sum()
        totals[draw] = brought - (~left).sum() * offer.offer_cents - len(chance) * offer.contact_cents
    lo, hi = np.quantile(totals, [0.025, 0.975])
    return int(np.floor(lo)), int(np.ceil(hi))


def _checked(probability: Sequence[float], value_cents: Sequence[int]) -> tuple[Floats, Floats]:
    chance, value = np.asarray(probability, dtype=float), np.asarray(value_cents, dtype=float)
    if len(chance) != len(value):
        raise ValueError(
            f"There are {len(chance)} probabilities and {len(value)} values; give one of each for an account."
        )
    for name, wrong in (
        ("probability", ~((chance >= 0) & (chance <= 1))),
        ("value_cents", ~(np.isfinite(value) & (value >= 0))),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            given = (chance if name == "probability" else value)[row]
            raise ValueError(
                f"Row {row}: {name} is {given}; give {'0 to 1' if name == 'probability' else 'cents, 0 or more'}."
            )
    return chance, value
