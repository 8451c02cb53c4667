"""Learns who leaves, and says for each account how likely that is, how sure it is, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from health.engine.prediction.card import ModelCard, Training, write_card
from health.engine.prediction.encoding import NOT_KNOWN, Encoding, read_encoding
from health.engine.prediction.folds import folds_of, forward_folds
from health.engine.prediction.learning import HeldOut, Recalibration, alone, choose, learn, recalibration
from health.engine.prediction.logistic import Logistic, clustered
from health.engine.prediction.measures import Z95, Quality, judge
from health.engine.prediction.reasons import cannot
from health.engine.prediction.snapshots import (
    Column,
    Floats,
    Moment,
    Snapshots,
    Table,
    Values,
    columns_of,
    days,
    fingerprint,
    tabulate,
)

FEWEST_TO_TRAIN = 50  # accounts that left, and as many that stayed
FEWEST_TO_JUDGE = 30
ALARM = 0.95  # an AUC nobody reaches honestly
SUSPECTS = 3


@dataclass(frozen=True, slots=True)
class Driver:
    """One feature's part in an account's probability, against the typical account.

    `log_odds` > 0 raises the probability; those of all features and the model's `typical` add up to the account's log-odds.
    """

    feature: str
    value: str
    typical: str
    log_odds: float

    @property
    def direction(self) -> str:
        return "raises" if self.log_odds > 0 else "lowers" if self.log_odds < 0 else "neutral"


@dataclass(frozen=True, slots=True)
class Predictions:
    """Probabilities (n,) of leaving within the horizon, their 95 % intervals, and the part (n, features) of each feature."""

    account_ids: tuple[str, ...]
    probability: Floats
    lo: Floats
    hi: Floats
    parts: Floats
    encoding: Encoding
    columns: Mapping[str, Values]

    def drivers(self, row: int, most: int = 5) -> tuple[Driver, ...]:
        """The features that move this account furthest from the typical one, the strongest first."""
        strongest = np.argsort(-np.abs(self.parts[row]), kind="stable")[:most]
        return tuple(self._driver(row, int(each)) for each in strongest)

    def _driver(self, row: int, each: int) -> Driver:
        feature = self.encoding.features[each]
        return Driver(
            feature.name, _text(self.columns[feature.name][row]), feature.typical, float(self.parts[row, each])
        )


@dataclass(frozen=True, slots=True)
class ChurnModel:
    """A trained model; `robust` is the covariance where accounts stand in several snapshots."""

    encoding: Encoding
    logistic: Logistic
    robust: Logistic | None
    recalibration: Recalibration
    card: ModelCard

    @property
    def typical(self) -> float:
        """Log-odds of the typical account."""
        return self.recalibration.shift + self.recalibration.slope * self.logistic.intercept

    def predict(
        self, account_ids: Sequence[str], columns: Sequence[Column], *, at: Moment | Sequence[Moment] | None = None
    ) -> Predictions:
        """Probabilities for these accounts, one value of each of the model's features for each; further features are ignored.

        The interval is Wald's on the log-odds with the wider of the model's and the clustered covariance: it is that of the
        probability of accounts like this one, not of what this account will do. Raises CannotPredict.
        """
        count = len(account_ids)
        moments = [at] * count if at is None or isinstance(at, Moment) else list(at)
        when = np.array([np.nan if moment is None else days(moment, end=True) for moment in moments])
        read = columns_of(
            [column for column in columns if column.name in self.encoding.names], np.array(account_ids), when
        )
        design = self.encoding.design(read)
        slope = self.recalibration.slope
        line = self.recalibration.shift + slope * self.logistic.log_odds(design)
        spread = self.logistic.deviations(design)
        if self.robust is not None:
            spread = np.maximum(spread, self.robust.deviations(design))
        return Predictions(
            account_ids=tuple(str(account) for account in account_ids),
            probability=expit(line),
            lo=expit(line - Z95 * slope * spread),
            hi=expit(line + Z95 * slope * spread),
            parts=slope * self.encoding.by_feature(design * self.logistic.coefficients),
            encoding=self.encoding,
            columns=read,
        )

    def document(self) -> dict[str, Any]:
        """Everything predicting needs, as JSON can keep it; the card has a document of its own."""
        return {
            "encoding": self.encoding.document(),
            "logistic": _regression(self.logistic),
            "robust": None if self.robust is None else self.robust.covariance.tolist(),
            "recalibration": {"slope": self.recalibration.slope, "shift": self.recalibration.shift},
        }


def fit_churn(snapshots: Snapshots, *, horizon_days: int | None = None, as_of: Moment | None = None) -> ChurnModel:
    """Learn the probability to leave in (at, at + horizon] from snapshots whose outcome was known `as_of`.

    The recipe is chosen, its probabilities recalibrated and its card written from rows that the trying models did not learn from:
    later snapshots where there are dates, else other accounts. Refuses, by raising CannotPredict with reasons: too few outcomes,
    one outcome only, a value that is no number, a feature from after the snapshot, an AUC above ALARM, and no signal.
    """
    table = tabulate(snapshots, horizon_days=horizon_days, as_of=as_of)
    refuse_few(table, FEWEST_TO_TRAIN)
    folds = folds_of(table, horizon_days)
    held = choose(table, folds)
    fixed = recalibration(held, table)
    quality = held_out_quality(table, held)
    encoding, logistic, design = learn(table, held.recipe)
    repeated = len(np.unique(table.account_ids)) < len(table)
    card = write_card(
        Training(table, held.recipe, fixed, encoding.names, fingerprint(table, {"horizon_days": horizon_days})),
        quality,
        horizon_days=horizon_days,
        forward=len(forward_folds(table, horizon_days)) > 1,
        typical=float(expit(fixed.shift + fixed.slope * logistic.intercept)),
    )
    return ChurnModel(
        encoding,
        logistic,
        clustered(logistic, design, table.churned, table.account_ids) if repeated else None,
        fixed,
        card,
    )


def read_model(document: Mapping[str, Any], card: ModelCard) -> ChurnModel:
    """The inverse of `ChurnModel.document`: it predicts to the same bytes."""
    regression = document["logistic"]
    coefficients = np.array(regression["coefficients"], dtype=float)
    logistic = Logistic(regression["intercept"], coefficients, np.array(regression["covariance"], dtype=float))
    robust = document["robust"]
    return ChurnModel(
        read_encoding(document["encoding"]),
        logistic,
        None if robust is None else Logistic(logistic.intercept, coefficients, np.array(robust, dtype=float)),
        Recalibration(**document["recalibration"]),
        card,
    )


def held_out_quality(table: Table, held: HeldOut) -> Quality:
    """How good the held-out probabilities are, before recalibration. Raises CannotPredict for a suspicion of leakage or no signal."""
    tried = table.part(held.tried)
    quality = judge(expit(held.log_odds[held.tried]), tried.churned, tried.account_ids)
    refuse_leakage(tried, quality)
    if quality.auc.lo <= 0.5:
        raise cannot(
            "no_signal", auc=f"{quality.auc.estimate:.2f}", low=f"{quality.auc.lo:.2f}", high=f"{quality.auc.hi:.2f}"
        )
    return quality


def refuse_few(table: Table, fewest: int) -> None:
    """Raises CannotPredict if fewer than `fewest` accounts left or stayed, saying how many there are."""
    churned, stayed = table.churned_accounts, table.stayed_accounts
    if not churned or not stayed:
        raise cannot("one_outcome_only", churned=churned, known=churned + stayed)
    if min(churned, stayed) < fewest:
        short = max(fewest - churned, 0) + max(fewest - stayed, 0)
        raise cannot("too_few_outcomes", churned=churned, stayed=stayed, needed=fewest, short=short)


def refuse_leakage(table: Table, quality: Quality) -> None:
    """Raises CannotPredict naming the suspects if the AUC is above ALARM."""
    if quality.auc.estimate <= ALARM:
        return
    single = alone(table.columns, table.churned)
    suspects = [f"{name} ({value:.2f})" for name, value in single.items() if value > ALARM]
    strongest = ", ".join(f"{name} ({value:.2f})" for name, value in list(single.items())[:SUSPECTS])
    raise cannot(
        "leakage_suspected",
        auc=f"{quality.auc.estimate:.3f}",
        alarm=ALARM,
        features=", ".join(suspects) or f"none; the strongest are {strongest}",
    )


def _regression(model: Logistic) -> dict[str, Any]:
    return {
        "intercept": model.intercept,
        "coefficients": model.coefficients.tolist(),
        "covariance": model.covariance.tolist(),
    }


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return NOT_KNOWN
    return f"{value:.6g}" if isinstance(value, float) else str(value)
