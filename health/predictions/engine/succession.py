"""Whether a newly learned model may take the place of the one in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from health.engine.prediction.churn import FEWEST_TO_JUDGE
from health.engine.prediction.snapshots import days

if TYPE_CHECKING:
    from health.engine.prediction.backtest import ChurnBacktest
    from health.engine.prediction.churn import ChurnModel
    from health.engine.prediction.snapshots import Floats, Moment, Table

BEYOND_CHANCE = 2.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same `rows`, by Brier score. `difference` is new less old: above 0 the new one is worse; `error` its standard error."""

    rows: int
    old_brier: float
    new_brier: float
    difference: float
    error: float

    @property
    def is_worse(self) -> bool:
        """Whether the new model is worse beyond chance: by more than BEYOND_CHANCE standard errors."""
        return self.difference > BEYOND_CHANCE * self.error


def compare(
    found: ChurnBacktest, table: Table, old: ChurnModel, *, old_known_at: Moment, horizon_days: int
) -> Comparison | None:
    """The back-test of the new model and the old model's probabilities on the rows that neither learned from, accounts as clusters.

    `table` is the one the back-test stood on; the old model knew the outcomes of windows that were over at `old_known_at`. None where
    they cannot be compared: fewer than FEWEST_TO_JUDGE accounts of each outcome, or a feature of the old model is not there any more.
    """
    if found.quality is None or found.tested_from is None or not set(old.encoding.names) <= set(table.columns):
        return None
    tried = table.part(table.at >= days(date.fromisoformat(found.tested_from)))
    if tried.account_ids.tolist() != list(found.account_ids):
        raise ValueError("The table is not the one that the back-test stood on.")
    unseen = tried.at + horizon_days > days(old_known_at)
    tried, chance = tried.part(unseen), found.probability[unseen]
    if min(tried.churned_accounts, tried.stayed_accounts) < FEWEST_TO_JUDGE:
        return None
    before = _probability(old, tried)
    worse = (chance - tried.churned) ** 2 - (before - tried.churned) ** 2
    return Comparison(
        rows=len(tried),
        old_brier=float(np.mean((before - tried.churned) ** 2)),
        new_brier=float(np.mean((chance - tried.churned) ** 2)),
        difference=float(worse.mean()),
        error=_clustered_error(worse, tried.account_ids),
    )


def _probability(model: ChurnModel, table: Table) -> Floats:
    line = model.logistic.log_odds(model.encoding.design(table.columns))
    return np.asarray(expit(model.recalibration.shift + model.recalibration.slope * line))


def _clustered_error(values: Floats, clusters: np.ndarray) -> float:
    """Standard error of the mean where the values of one cluster are not independent."""
    _names, number = np.unique(clusters, return_inverse=True)
    sums = np.bincount(number, weights=values - values.mean())
    return sqrt(float(np.sum(sums**2))) / len(values)
