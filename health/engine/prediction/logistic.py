"""Logistic regression with a ridge penalty, by Newton's method: small enough to be read, checked against another implementation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.special import expit

from health.engine.prediction.snapshots import Floats

MOST_STEPS = 60
MOST_HALVINGS = 30
CLOSE_ENOUGH = 1e-9  # of the log-likelihood, per row
FARTHEST = 30.0  # log-odds: beyond it the outcomes are separated and no finite coefficient is best


class Diverged(ArithmeticError):
    """Some combination of features tells the outcomes apart without error, so that no finite coefficient is best."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """`intercept` and `coefficients` (k) in log-odds; `covariance` (k + 1, k + 1), the intercept first."""

    intercept: float
    coefficients: Floats
    covariance: Floats

    def log_odds(self, design: Floats) -> Floats:
        """(n,) log-odds of `design` (n, k)."""
        return np.asarray(self.intercept + design @ self.coefficients)

    def deviations(self, design: Floats) -> Floats:
        """(n,) standard error of the log-odds."""
        whole = _with_intercept(design)
        return np.asarray(np.sqrt(((whole @ self.covariance) * whole).sum(axis=1)))


def fit_logistic(
    design: Floats, outcome: Floats, *, penalty: float, start: Logistic | None = None, offset: Floats | float = 0.0
) -> Logistic:
    """Maximize log-likelihood - penalty / 2 x sum of squared coefficients; the intercept is not penalized.

    `design` (n, k) without a column of ones, `outcome` (n,) of 0 and 1, `offset` (n,) in log-odds is added as it is.
    The covariance is the inverse of the penalized information. Raises Diverged without a penalty if the outcomes are separated.
    Source: le Cessie and van Houwelingen, Applied Statistics 41 (1992) 191-201.
    """
    whole = _with_intercept(design)
    ridge = np.r_[0.0, np.full(design.shape[1], penalty)]
    beta = _start(outcome, design.shape[1]) if start is None else np.r_[start.intercept, start.coefficients]
    goal = _objective(whole, outcome, beta, ridge, offset)
    for _ in range(MOST_STEPS):
        chance = expit(whole @ beta + offset)
        information = _information(whole, chance, ridge)
        step = _solve(information, whole.T @ (outcome - chance) - ridge * beta)
        beta, better = _line_search(whole, outcome, beta, step, ridge, offset, goal)
        gained, goal = better - goal, better
        if gained < CLOSE_ENOUGH * len(outcome):
            break
    if not penalty and np.abs(whole @ beta).max() > FARTHEST:
        raise Diverged("The outcomes are separated; give a penalty above 0.")
    chance = expit(whole @ beta + offset)
    covariance = _solve(_information(whole, chance, ridge), np.eye(len(beta)))
    return Logistic(float(beta[0]), beta[1:], covariance)


def clustered(model: Logistic, design: Floats, outcome: Floats, clusters: np.ndarray) -> Logistic:
    """The same model with the covariance for rows that belong together, such as the snapshots of one account.

    `clusters` (n,) names each row's cluster. Source: the sandwich of Liang and Zeger, Biometrika 73 (1986) 13-22, with G/(G - 1).
    """
    whole = _with_intercept(design)
    scores = whole * (outcome - expit(model.log_odds(design)))[:, None]
    _names, number = np.unique(clusters, return_inverse=True)
    groups = int(number.max()) + 1
    sums = np.zeros((groups, whole.shape[1]))
    np.add.at(sums, number, scores)
    meat = sums.T @ sums * groups / max(groups - 1, 1)
    return Logistic(model.intercept, model.coefficients, model.covariance @ meat @ model.covariance)


def _start(outcome: Floats, width: int) -> Floats:
    share = (outcome.sum() + 0.5) / (len(outcome) + 1)
    return np.concatenate([[np.log(share / (1 - share))], np.zeros(width)])


def _with_intercept(design: Floats) -> Floats:
    whole: Floats = np.column_stack([np.ones(len(design)), design])
    return whole


def _objective(whole: Floats, outcome: Floats, beta: Floats, ridge: Floats, offset: Floats | float) -> float:
    line = whole @ beta + offset
    return float(outcome @ line - np.logaddexp(0.0, line).sum() - ridge @ beta**2 / 2)


def _information(whole: Floats, chance: Floats, ridge: Floats) -> Floats:
    return np.asarray((whole * (chance * (1 - chance))[:, None]).T @ whole + np.diag(ridge))


def _solve(information: Floats, right: Floats) -> Floats:
    try:
        return np.asarray(cho_solve(cho_factor(information), right))
    except LinAlgError as error:
        raise Diverged("The features are not independent of each other; give a penalty above 0.") from error


def _line_search(
    whole: Floats, outcome: Floats, beta: Floats, step: Floats, ridge: Floats, offset: Floats | float, goal: float
) -> tuple[Floats, float]:
    """Half the step until it does not make things worse."""
    for _ in range(MOST_HALVINGS):
        better = _objective(whole, outcome, beta + step, ridge, offset)
        if better >= goal:
            return beta + step, better
        step = step / 2
    return beta, goal
