"""What a unit of margin a month is worth over the coming months, while contracts run and as long as they are renewed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from health.engine.value.money import Floats, discounted
from health.engine.value.subscription import Survival
from health.engine.value.worth import CannotValue

MONTHS_A_YEAR = 12
LONGEST = 240


@dataclass(frozen=True, slots=True)
class Running:
    """Contracts, all arrays (n,) of whole numbers: `left` months until the next renewal, then `term` months each, `survived` renewals so far."""

    left: NDArray[np.int64]
    term: NDArray[np.int64]
    survived: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ahead:
    """Today's worth of 1 a month, all arrays (n,): `until` the next renewal, which is paid anyway, and `after` it if it is renewed.

    `first` is the chance that it is renewed. Each with its 95 % interval; without draws of survival the ends are NaN.
    `low` and `high` are those of until + first x after.
    """

    until: Floats
    first: Floats
    after: Floats
    after_low: Floats
    after_high: Floats
    low: Floats
    high: Floats

    @property
    def whole(self) -> Floats:
        return self.until + self.first * self.after


def worth_of_a_month(fitted: Survival, running: Running, *, months: int, discount: float) -> Ahead:
    """Today's worth of 1 a month over the next `months`: paid in the middle of each month, lost from the renewal on that is not made.

    Survival is that of the shifted beta-geometric given the renewals a contract has survived (health.engine.value.subscription);
    `discount` is yearly. Contracts that stand alike are computed once. Raises CannotValue, naming the row and the value.
    """
    _check(running, months)
    keys = np.column_stack([np.minimum(running.left, months), running.term, running.survived])
    alike, place = np.unique(keys, axis=0, return_inverse=True)
    weights = discounted(discount, (np.arange(months) + 0.5) / MONTHS_A_YEAR)
    parameters = np.vstack([[(fitted.alpha, fitted.beta)], fitted.draws]) if len(fitted.draws) else None
    estimate = np.array([(fitted.alpha, fitted.beta)])
    deepest = int(alike[:, 2].max(initial=0)) + months + 1
    logs = _logs(estimate if parameters is None else parameters, deepest)
    rows = np.array([_row(logs, weights, *(int(each) for each in key)) for key in alike]).reshape(len(alike), 7)
    return Ahead(*(rows[place.ravel()].T))


def annuity(months: int, discount: float) -> float:
    """Today's worth of 1 a month for sure, paid in the middle of each month."""
    return float(discounted(discount, (np.arange(months) + 0.5) / MONTHS_A_YEAR).sum())


def _row(logs: Floats, weights: Floats, left: int, term: int, survived: int) -> tuple[float, ...]:
    """The seven figures of contracts that stand alike; the first row of `logs` is the estimate, the others are the draws."""
    until = float(weights[:left].sum())
    renewals = 1 + np.arange(len(weights) - left) // term  # passed by each month after the next renewal
    stays = np.exp(logs[:, survived + renewals] - logs[:, [survived]])
    first = np.exp(logs[:, survived + 1] - logs[:, survived])
    given = (stays @ weights[left:]) / first
    low, high, after_low, after_high = (np.nan,) * 4
    if len(logs) > 1:
        low, high = np.quantile(until + first[1:] * given[1:], [0.025, 0.975])
        after_low, after_high = np.quantile(given[1:], [0.025, 0.975])
    return until, float(first[0]), float(given[0]), after_low, after_high, low, high


def _logs(parameters: Floats, deepest: int) -> Floats:
    """(m, deepest + 1) log B(alpha, beta + t), whose differences are log survival."""
    return np.asarray(betaln(parameters[:, [0]], parameters[:, [1]] + np.arange(deepest + 1)))


def _check(running: Running, months: int) -> None:
    if not 1 <= months <= LONGEST:
        raise CannotValue(f"months is {months}; give 1 to {LONGEST}.")
    for name, least in (("left", 0), ("term", 1), ("survived", 0)):
        values = getattr(running, name)
        if (values < least).any():
            row = int(np.argmax(values < least))
            raise CannotValue(f"Row {row}: {name} is {values[row]}; give {least} or more.")
