"""What a subscription is worth: how long customers stay, times what they bring, in today's money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit, logit

from health.engine.value.money import Floats, discounted, in_cents
from health.engine.value.worth import CannotValue, CustomerValue

METHOD = "sBG survival x margin, discounted"
CONSTANT = "constant churn x margin, discounted"
FEWEST_PERIODS = 3
FEWEST_LOST = 30
DRAWS = 2_000
SEED = 20_070_401
ALIKE = 10_000.0  # alpha + beta at which customers are no longer told apart
STEP = 1e-4


@dataclass(frozen=True, slots=True)
class LifeTable:
    """For the first, second … renewal: how many customers (or which share) came up for it, and how many of them were lost.

    Cohorts of any age add up in it, and customers who have not yet come so far are simply missing from later entries. `counted` is
    whether the numbers are customers; shares without their number allow no interval.
    """

    exposed: tuple[float, ...]
    lost: tuple[float, ...]
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Survival:
    """Shifted beta-geometric: the chance to be lost at a renewal is Beta(`alpha`, `beta`) over customers, constant for each.

    `draws` (m, 2) are alpha and beta again, as uncertain as the data leaves them; empty where there are no counts. `alike` is whether
    nothing in the data says that customers differ, so that churn is constant.
    """

    alpha: float
    beta: float
    loglik: float
    draws: Floats
    alike: bool

    def curve(self, periods: int) -> Floats:
        """(periods,) share still there after 1, 2, … renewals."""
        return survival(self.alpha, self.beta, periods)


def life_table(survivors: Sequence[float], *, customers: int | None = None) -> LifeTable:
    """From the shares still there after 1, 2, … renewals; with the number of `customers` at the start they are counts.

    Raises CannotValue unless the shares lie in 0 to 1 and never rise.
    """
    shares = np.r_[1.0, np.asarray(survivors, dtype=float)]
    if not np.isfinite(shares).all() or (shares < 0).any() or (np.diff(shares) > 0).any():
        raise CannotValue(f"survivors are {list(survivors)}; give shares from 0 to 1 that never rise.")
    many = customers or 1
    return LifeTable(tuple(many * shares[:-1]), tuple(many * -np.diff(shares)), counted=customers is not None)


def fit_survival(table: LifeTable) -> Survival:
    """Maximum likelihood of the shifted beta-geometric. Raises CannotValue below FEWEST_PERIODS renewals or FEWEST_LOST customers.

    Source: Fader and Hardie, Journal of Interactive Marketing 21 (2007) 76-90, as hazards alpha / (alpha + beta + t - 1), which takes
    cohorts of different age. The draws are normal around the estimate in (logit mean, log (alpha + beta)).
    """
    exposed, lost = _checked(table)
    level = float(logit(np.clip(lost.sum() / exposed.sum(), 1e-6, 1 - 1e-6)))
    bounds = [(-14.0, 14.0), (np.log(1e-3), np.log(ALIKE))]
    weight = exposed.max()  # of a table whose first renewals nobody saw the first entry is 0
    starts = [
        minimize(_loss, (level, width), args=(exposed / weight, lost / weight), bounds=bounds, tol=1e-13)
        for width in (0.0, 1.5, 4.0)
    ]
    best = min(starts, key=lambda found: float(found.fun))
    alike = bool(best.x[1] > np.log(ALIKE) - 0.5)
    alpha, beta = _parameters(best.x)
    draws = _draws(best.x, exposed, lost, alike) if table.counted else np.empty((0, 2))
    return Survival(float(alpha), float(beta), -float(best.fun) * weight, draws, alike)


def survival(alpha: float, beta: float, periods: int) -> Floats:
    """(periods,) share still there after 1, 2, … renewals: B(alpha, beta + t) / B(alpha, beta)."""
    return np.asarray(np.exp(betaln(alpha, beta + np.arange(1, periods + 1)) - betaln(alpha, beta)))


def subscription_value(
    fitted: Survival,
    *,
    margin_cents: int,
    periods: int,
    discount: float,
    periods_a_year: int = 1,
    renewals_survived: int = 0,
    pays_now: bool = True,
) -> CustomerValue:
    """Margin of each period while the customer stays, in today's money, over the next `periods` renewals.

    `margin_cents` is of one period, `discount` yearly. With `renewals_survived` the customer has already come so far, which makes it
    likelier to stay. `pays_now`: the margin of the current period counts in full. Raises CannotValue.
    """
    if periods < 1 or renewals_survived < 0 or periods_a_year < 1:
        raise CannotValue("periods and periods_a_year have to be 1 or more, renewals_survived 0 or more.")
    weights = discounted(discount, np.arange(1, periods + 1) / periods_a_year)

    def worth(alpha: float, beta: float) -> float:
        ahead = survival(alpha, beta + renewals_survived, periods)
        return margin_cents * (float(pays_now) + float(ahead @ weights))

    estimate = worth(fitted.alpha, fitted.beta)
    draws = [worth(alpha, beta) for alpha, beta in fitted.draws]
    est, lo, hi = in_cents(estimate, draws)
    return CustomerValue(
        est_cents=est,
        lo_cents=lo,
        hi_cents=hi,
        method=CONSTANT if fitted.alike else METHOD,
        horizon=f"{periods} renewals, {periods / periods_a_year:g} years",
        covers="how well survival is known" if draws else "no interval: shares without the number of customers",
    )


def _checked(table: LifeTable) -> tuple[Floats, Floats]:
    exposed, lost = np.asarray(table.exposed, dtype=float), np.asarray(table.lost, dtype=float)
    if len(exposed) != len(lost) or len(exposed) < FEWEST_PERIODS:
        raise CannotValue(
            f"{min(len(exposed), len(lost))} renewals are known; survival needs {FEWEST_PERIODS} or more."
        )
    wrong = ~np.isfinite(exposed) | ~np.isfinite(lost) | (lost < 0) | (lost > exposed)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise CannotValue(
            f"Renewal {row + 1}: {lost[row]:g} lost of {exposed[row]:g}; give numbers from 0, and not more lost than came up."
        )
    if not 0 < lost.sum() < exposed.sum():
        raise CannotValue("Nobody was lost, or everybody at once; survival needs both outcomes.")
    if table.counted and lost.sum() < FEWEST_LOST:
        raise CannotValue(f"{lost.sum():g} customers were lost; survival needs {FEWEST_LOST} or more.")
    return exposed, lost


def _parameters(place: Floats) -> tuple[Floats, Floats]:
    mean, total = expit(place[..., 0]), np.exp(place[..., 1])
    return mean * total, (1 - mean) * total


def _loss(place: Floats, exposed: Floats, lost: Floats) -> float:
    alpha, beta = _parameters(np.asarray(place))
    total = alpha + beta + np.arange(len(exposed))
    stays = np.log(beta + np.arange(len(exposed))) - np.log(total)
    return -float(lost @ (np.log(alpha) - np.log(total)) + (exposed - lost) @ stays)


def _draws(place: Floats, exposed: Floats, lost: Floats, alike: bool) -> Floats:
    """Normal around the estimate with the inverse of the observed information; only the mean is drawn where customers are alike."""
    free = 1 if alike else 2
    information = np.empty((free, free))
    for row in range(free):
        for column in range(free):
            information[row, column] = _curvature(place, exposed, lost, row, column)
    if np.linalg.eigvalsh(information).min() <= 0:
        raise CannotValue("The renewals do not say how customers differ; give more renewals of more customers.")
    rng = np.random.Generator(np.random.PCG64(SEED))
    drawn = np.tile(place, (DRAWS, 1))
    drawn[:, :free] = rng.multivariate_normal(place[:free], np.linalg.inv(information), DRAWS, method="cholesky")
    drawn[:, 1] = np.clip(drawn[:, 1], np.log(1e-3), np.log(ALIKE))
    return np.column_stack(_parameters(drawn))


def _curvature(place: Floats, exposed: Floats, lost: Floats, row: int, column: int) -> float:
    """Second derivative of the loss by central differences."""
    steps = np.eye(len(place)) * STEP
    one, other = steps[row], steps[column]
    corners = ((one + other, 1), (one - other, -1), (other - one, -1), (-one - other, 1))
    return sum(sign * _loss(place + corner, exposed, lost) for corner, sign in corners) / (4 * STEP**2)
