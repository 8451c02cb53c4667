"""What customers who reorder as they like are worth: how often they will, how much, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, hyp2f1, logsumexp

from health.engine.value.money import Floats, discounted, in_cents
from health.engine.value.purchases import History
from health.engine.value.worth import CannotValue, CustomerValue

METHOD = "BG/NBD x gamma-gamma"
FEWEST_CUSTOMERS = 100
FEWEST_REPEATERS = 50
WEEKS_A_YEAR = 365.25 / 7
DRAWS = 400
SEED = 20_050_524
NARROW = 1e-3  # log-parameters are searched in +- WIDE
WIDE = 9.0


@dataclass(frozen=True, slots=True)
class Buying:
    """BG/NBD: purchases a week are Gamma(`r`, `alpha`), the chance to stop after a purchase is Beta(`a`, `b`), over customers."""

    r: float
    alpha: float
    a: float
    b: float
    loglik: float


@dataclass(frozen=True, slots=True)
class Spending:
    """Gamma-gamma: what a customer spends at a time, around a mean of its own; Gamma(`p`, nu) with nu ~ Gamma(`q`, `gamma`), in cents."""

    p: float
    q: float
    gamma: float
    loglik: float


def fit_buying(history: History) -> Buying:
    """Maximum likelihood of BG/NBD. Raises CannotValue below FEWEST_CUSTOMERS or FEWEST_REPEATERS of them.

    Source: Fader, Hardie and Lee, Marketing Science 24 (2005) 275-284, equation 6.
    """
    repeaters = int((history.repeats > 0).sum())
    if len(history) < FEWEST_CUSTOMERS or repeaters < FEWEST_REPEATERS:
        raise CannotValue(
            f"{len(history)} customers, {repeaters} of whom bought again; {FEWEST_CUSTOMERS} and {FEWEST_REPEATERS} are needed."
        )
    rows, counts = np.unique(
        np.column_stack([history.repeats, history.recency, history.age]), axis=0, return_counts=True
    )
    weights = counts.astype(float)
    found = _lowest(
        lambda place: -_buying_loglik(np.exp(place), rows, weights), [(0.0, 0.0, 0.0, 0.0), (-1.0, 1.5, 0.0, 1.0)]
    )
    r, alpha, a, b = np.exp(found)
    return Buying(float(r), float(alpha), float(a), float(b), _buying_loglik(np.exp(found), rows, weights))


def fit_spending(history: History) -> Spending:
    """Maximum likelihood of the gamma-gamma model over those who bought again and spent something. Raises CannotValue.

    Source: Fader and Hardie, "The gamma-gamma model of monetary value" (2013), equation 1a.
    """
    again = (history.repeats > 0) & (history.spent_cents > 0)
    if again.sum() < FEWEST_REPEATERS:
        raise CannotValue(f"{int(again.sum())} customers bought again for money; {FEWEST_REPEATERS} are needed.")
    repeats, spent = history.repeats[again], history.spent_cents[again]
    unit = float(spent.mean())  # searched near 1, whatever the currency
    found = _lowest(
        lambda place: -_spending_loglik(np.exp(place), repeats, spent / unit), [(1.0, 1.0, 1.0), (2.0, 1.0, 0.0)]
    )
    p, q, gamma = np.exp(found)
    if q <= 1:
        raise CannotValue(
            "Amounts vary so widely that their mean is not finite; look for single orders that are wrong."
        )
    return Spending(float(p), float(q), float(gamma * unit), _spending_loglik(np.exp(found), repeats, spent / unit))


def expected_purchases(buying: Buying, history: History, *, weeks: float) -> Floats:
    """(n,) purchases expected of each customer in the next `weeks`. Source: Fader, Hardie and Lee (2005), equation 10."""
    x, age = history.repeats, history.age
    first = buying.a + buying.b + x - 1
    share = weeks / (buying.alpha + age + weeks)
    series = hyp2f1(buying.r + x, buying.b + x, first, share)
    grows = 1 - ((buying.alpha + age) / (buying.alpha + age + weeks)) ** (buying.r + x) * series
    # at a = 1 both the difference and its divisor are 0; a step aside changes nothing that can be seen
    divisor = buying.a - 1 if abs(buying.a - 1) > 1e-9 else 1e-9
    return np.asarray(first / divisor * grows * alive(buying, history))


def alive(buying: Buying, history: History) -> Floats:
    """(n,) chance that each customer has not stopped for good; 1 for those who bought once, of whom nothing is known."""
    x = history.repeats
    again = x > 0
    odds = np.log(buying.a) - np.log(buying.b + np.where(again, x, 1) - 1)
    odds = odds + (buying.r + x) * (np.log(buying.alpha + history.age) - np.log(buying.alpha + history.recency))
    return np.where(again, expit(-odds), 1.0)


def expected_spending(spending: Spending, history: History) -> Floats:
    """(n,) cents expected at the next purchase: the customer's own mean, drawn towards that of all the more the fewer its purchases."""
    x = np.where(history.spent_cents > 0, history.repeats, 0)
    return np.asarray(spending.p * (spending.gamma + x * history.spent_cents) / (spending.p * x + spending.q - 1))


def repeat_values(
    buying: Buying, spending: Spending, history: History, *, weeks: float, margin: float, discount: float
) -> list[CustomerValue]:
    """Margin of the purchases in the next `weeks`, in today's money, for each customer in the order of the history.

    `margin` is a share of the amount, `discount` yearly and taken at the middle of the horizon. The interval holds what the customer
    itself will bring in 95 of 100 cases: it is drawn from who may have stopped, how often it buys, and what it spends, with the
    parameters taken as known. It does not depend on who else is valued. Raises CannotValue.
    """
    if not weeks > 0 or not 0 <= margin <= 1:
        raise CannotValue(f"weeks is {weeks}, margin is {margin}; give weeks above 0 and a margin from 0 to 1.")
    worth = margin * float(discounted(discount, np.array([weeks / 2 / WEEKS_A_YEAR]))[0])
    means = expected_purchases(buying, history, weeks=weeks) * expected_spending(spending, history) * worth
    values: list[CustomerValue] = []
    for place, mean in enumerate(means):
        rng = np.random.Generator(np.random.PCG64(SEED))
        drawn = _drawn_cents(buying, spending, history.part(place, place + 1), weeks, rng)[0] * worth
        values.append(_value(float(mean), drawn, weeks))
    return values


def _value(mean: float, draws: Floats, weeks: float) -> CustomerValue:
    return CustomerValue(
        *in_cents(mean, draws),
        method=METHOD,
        horizon=f"{weeks:g} weeks",
        covers="what this customer will bring, if customers go on as they did",
    )


def _drawn_cents(
    buying: Buying, spending: Spending, history: History, weeks: float, rng: np.random.Generator
) -> Floats:
    """(n, DRAWS) cents each customer brings: its rate, its chance to stop and its spending drawn given its own history."""
    shape = (len(history), DRAWS)
    x = history.repeats[:, None]
    here = rng.random(shape) < alive(buying, history)[:, None]
    rate = rng.gamma(buying.r + x, 1 / (buying.alpha + history.age[:, None]), shape)
    stops = np.clip(rng.beta(buying.a, buying.b + x, shape), 1e-12, 1.0)
    bought = np.where(here, np.minimum(rng.poisson(rate * weeks), rng.geometric(stops)), 0)
    paid = np.where(history.spent_cents > 0, history.repeats, 0)[:, None]
    nu = rng.gamma(spending.p * paid + spending.q, 1 / (spending.gamma + paid * history.spent_cents[:, None]), shape)
    spent = rng.gamma(np.maximum(spending.p * bought, 1e-12), 1.0) / nu
    return np.asarray(np.where(bought > 0, spent, 0.0))


def _buying_loglik(parameters: Floats, rows: Floats, counts: Floats) -> float:
    r, alpha, a, b = parameters
    x, recency, age = rows.T
    own = (
        gammaln(r + x)
        - gammaln(r)
        + r * np.log(alpha)
        + gammaln(a + b)
        + gammaln(b + x)
        - gammaln(b)
        - gammaln(a + b + x)
    )
    stays = -(r + x) * np.log(alpha + age)
    stopped = np.log(a) - np.log(b + np.where(x > 0, x, 1) - 1) - (r + x) * np.log(alpha + recency)
    either = np.where(x > 0, logsumexp([stays, stopped], axis=0), stays)
    return float(counts @ (own + either))


def _spending_loglik(parameters: Floats, x: Floats, spent: Floats) -> float:
    p, q, gamma = parameters
    own = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(gamma)
    return float(
        (own + (p * x - 1) * np.log(spent) + p * x * np.log(x) - (p * x + q) * np.log(gamma + x * spent)).sum()
    )


def _lowest(loss: Callable[[Floats], float], starts: list[tuple[float, ...]]) -> Floats:
    """The best end of a search from each start, in log-parameters."""
    ends = [
        minimize(
            loss, start, method="L-BFGS-B", bounds=[(-WIDE, WIDE)] * len(start), options={"ftol": 1e-13, "gtol": 1e-7}
        )
        for start in starts
    ]
    best = min(ends, key=lambda end: float(end.fun))
    if not np.isfinite(best.fun) or np.abs(best.x).max() > WIDE - NARROW:
        raise CannotValue("The purchases do not say how customers differ; give a longer history of more customers.")
    return np.asarray(best.x)
