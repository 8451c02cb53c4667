"""Chooses how a model is made by trying it on rows it did not learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import expit

from health.engine.prediction.encoding import Encoding, learn_encoding
from health.engine.prediction.folds import Fold
from health.engine.prediction.logistic import Logistic, fit_logistic
from health.engine.prediction.measures import Interval, auc, calibration
from health.engine.prediction.snapshots import Floats, Table, Values

PENALTIES = (100.0, 10.0, 1.0)  # strong first: the next one starts from its answer
BEYOND_CHANCE = 2.0
ALONE = 1.0  # the penalty when a feature is tried by itself


@dataclass(frozen=True, slots=True)
class Recipe:
    """`bent`: the slope of a number may change at its thirds. `penalty`: of squared coefficients."""

    bent: bool
    penalty: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Log-odds (n,) for each row by models that did not learn from it; NaN where no fold tried it."""

    recipe: Recipe
    log_odds: Floats

    @property
    def tried(self) -> np.ndarray:
        return ~np.isnan(self.log_odds)


@dataclass(frozen=True, slots=True)
class Recalibration:
    """Log-odds become `shift` + `slope` x log-odds."""

    slope: float = 1.0
    shift: float = 0.0

    @property
    def changed(self) -> bool:
        return (self.slope, self.shift) != (1.0, 0.0)


def choose(table: Table, folds: Sequence[Fold]) -> HeldOut:
    """The recipe that does best on held-out rows; where chance may explain a difference, the straight one and the weaker penalty.

    Simple and unbiased first: a bend has to win by BEYOND_CHANCE standard errors of the paired difference in log-loss, a penalty by
    one against every weaker one, because what a penalty takes from coefficients it takes from the coverage of intervals as well.
    """
    straight, bent = (_weakest(_try(table, folds, bent), table) for bent in (False, True))
    return bent if _beats(bent, straight, table, BEYOND_CHANCE) else straight


def learn(table: Table, recipe: Recipe) -> tuple[Encoding, Logistic, Floats]:
    """Learn from all rows: the encoding, the regression and the design (n, k) it learned from."""
    encoding = learn_encoding(table.columns, bent=recipe.bent)
    design = encoding.design(table.columns)
    return encoding, fit_logistic(design, table.churned, penalty=recipe.penalty), design


def recalibration(held: HeldOut, table: Table) -> Recalibration:
    """What held-out probabilities need so that they mean what they say; nothing while their slope and level are within chance.

    A slope below 0 would turn the order around and is never applied. Source: Platt scaling on held-out log-odds.
    """
    line, churned = held.log_odds[held.tried], table.churned[held.tried]
    slope, level = calibration(expit(line), churned, table.account_ids[held.tried])
    if (_holds(slope, 1.0) and _holds(level, 0.0)) or not 0 < slope.estimate < np.inf:
        return Recalibration()
    fitted = fit_logistic(line[:, None], churned, penalty=0)
    return Recalibration(float(fitted.coefficients[0]), fitted.intercept)


def alone(columns: Mapping[str, Values], churned: Floats) -> dict[str, float]:
    """AUC of each feature by itself, strongest first: one that does as well as all together usually holds the outcome."""
    encoding = learn_encoding(columns, bent=False)
    found = {name: _auc_alone({name: columns[name]}, churned) for name in encoding.names}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _try(table: Table, folds: Sequence[Fold], bent: bool) -> list[HeldOut]:
    """Each penalty on the same folds; a row that several folds try keeps the latest."""
    lines = {penalty: np.full(len(table), np.nan) for penalty in PENALTIES}
    for fold in folds:
        train, test = table.part(fold.train), table.part(fold.test)
        encoding = learn_encoding(train.columns, bent=bent)
        design, tried = encoding.design(train.columns), encoding.design(test.columns)
        model: Logistic | None = None
        for penalty in PENALTIES:
            model = fit_logistic(design, train.churned, penalty=penalty, start=model)
            lines[penalty][fold.test] = model.log_odds(tried)
    return [HeldOut(Recipe(bent, penalty), line) for penalty, line in lines.items()]


def _weakest(tried: Sequence[HeldOut], table: Table) -> HeldOut:
    """The weakest penalty that no other one beats."""
    ordered = sorted(tried, key=lambda one: one.recipe.penalty)
    return next(one for one in ordered if not any(_beats(other, one, table, 1.0) for other in tried))


def _beats(one: HeldOut, other: HeldOut, table: Table, errors: float) -> bool:
    """Whether the log-loss of `one` is smaller by more than so many standard errors of the paired difference."""
    gain = _losses(other, table) - _losses(one, table)
    return bool(gain.mean() > errors * gain.std() / sqrt(len(gain)))


def _losses(held: HeldOut, table: Table) -> Floats:
    line, churned = held.log_odds[held.tried], table.churned[held.tried]
    return np.asarray(np.logaddexp(0.0, line) - churned * line)


def _auc_alone(columns: Mapping[str, Values], churned: Floats) -> float:
    design = learn_encoding(columns, bent=False).design(columns)
    return auc(fit_logistic(design, churned, penalty=ALONE).log_odds(design), churned)


def _holds(interval: Interval, value: float) -> bool:
    return interval.lo <= value <= interval.hi
