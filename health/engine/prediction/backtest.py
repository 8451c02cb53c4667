"""What a prediction would have been worth: trained on what was known, tried on what came after."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from scipy.special import expit

from health.engine.prediction.card import BY_ACCOUNT, FORWARD
from health.engine.prediction.churn import FEWEST_TO_JUDGE, FEWEST_TO_TRAIN, refuse_few, refuse_leakage
from health.engine.prediction.folds import Fold, account_folds, folds_of, later_part
from health.engine.prediction.learning import Recipe, choose, learn, recalibration
from health.engine.prediction.measures import Quality, judge
from health.engine.prediction.reasons import CannotPredict, Reason, cannot
from health.engine.prediction.snapshots import Floats, Moment, Snapshots, Table, day_text, fingerprint, tabulate

INNER_FOLDS = 3


class Verdict(StrEnum):
    """Whether anything may be said."""

    SHOWN = "shown"
    CANNOT_BE_SHOWN = "cannot_be_shown"


@dataclass(frozen=True, slots=True)
class ChurnBacktest:
    """`quality` is None where nothing can be shown; then `reasons` say why. Counts are of accounts in all rows with a known outcome.

    `probability` and `outcome` (n,) are those of the rows tried, in the order of `account_ids`; `tested_from` is an ISO date.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    churned: int
    stayed: int
    split: str
    tested_from: str | None
    quality: Quality | None
    recipes: tuple[Recipe, ...]
    account_ids: tuple[str, ...]
    probability: Floats
    outcome: Floats
    data_hash: str


def backtest_churn(
    snapshots: Snapshots, *, horizon_days: int | None = None, as_of: Moment | None = None
) -> ChurnBacktest:
    """Try the whole of `fit_churn`, choice of recipe and recalibration included, on rows it never saw.

    With dates: train on the snapshots whose windows were over before the first one tried, and try on the latest that hold
    FEWEST_TO_JUDGE accounts of each outcome. Without: five times on a fifth of the accounts. Gives no verdict below the minimum, or
    above the alarm for leakage. Raises CannotPredict only for rows that are wrong in themselves.
    """
    table = tabulate(snapshots, horizon_days=horizon_days, as_of=as_of)
    try:
        refuse_few(table, FEWEST_TO_TRAIN)
        folds = _outer(table, horizon_days)
        chance, recipes = _tried(table, folds, horizon_days)
        seen = ~np.isnan(chance)
        tried = table.part(seen)
        quality = judge(chance[seen], tried.churned, tried.account_ids)
        refuse_leakage(tried, quality)
    except CannotPredict as refusal:
        return _answer(table, horizon_days, reasons=refusal.reasons)
    return _answer(table, horizon_days, quality=quality, recipes=recipes, tried=tried, chance=chance[seen])


def _outer(table: Table, horizon_days: int | None) -> tuple[Fold, ...]:
    if not table.dated or horizon_days is None:
        return account_folds(table)
    fold = later_part(table, horizon_days, FEWEST_TO_JUDGE)
    if not fold.test.any():
        raise cannot("no_time_split", horizon=horizon_days)
    return (fold,)


def _tried(table: Table, folds: tuple[Fold, ...], horizon_days: int | None) -> tuple[Floats, tuple[Recipe, ...]]:
    """Probabilities (n,) of the rows of the test parts, NaN elsewhere, and the recipe of each fold."""
    chance, recipes = np.full(len(table), np.nan), []
    for fold in folds:
        train, test = table.part(fold.train), table.part(fold.test)
        held = choose(train, folds_of(train, horizon_days, INNER_FOLDS))
        fixed = recalibration(held, train)
        encoding, logistic, _design = learn(train, held.recipe)
        chance[fold.test] = expit(fixed.shift + fixed.slope * logistic.log_odds(encoding.design(test.columns)))
        recipes.append(held.recipe)
    return chance, tuple(recipes)


def _answer(table: Table, horizon_days: int | None, **found: Any) -> ChurnBacktest:
    tried: Table = found.get("tried", table.part(np.zeros(len(table), dtype=bool)))
    quality: Quality | None = found.get("quality")
    return ChurnBacktest(
        verdict=Verdict.CANNOT_BE_SHOWN if quality is None else Verdict.SHOWN,
        reasons=found.get("reasons", ()),
        churned=table.churned_accounts,
        stayed=table.stayed_accounts,
        split=FORWARD if table.dated and horizon_days is not None else BY_ACCOUNT,
        tested_from=day_text(tried.at.min()) if len(tried) and tried.dated else None,
        quality=quality,
        recipes=found.get("recipes", ()),
        account_ids=tuple(tried.account_ids.tolist()),
        probability=found.get("chance", np.array([])),
        outcome=tried.churned,
        data_hash=fingerprint(table, {"horizon_days": horizon_days, "backtest": True}),
    )
