"""The model card: what a model learned from, how good it was on what it did not learn from, and what it cannot say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from health.engine.prediction.learning import Recalibration, Recipe
from health.engine.prediction.measures import Bin, Interval, Quality
from health.engine.prediction.snapshots import ENGINE_VERSION, Table, day_text

METHOD = "logistic regression with a ridge penalty"
FORWARD = "forward in time"
BY_ACCOUNT = "by account"
OUTCOMES_A_FEATURE = 10
WIDE = 0.1

LIMITS = {
    "undated_snapshots": "the rows have no date, so the test was on other accounts, not on later days",
    "undated_features": "nobody can say when these features were recorded: {features}",
    "few_outcomes": "only {churned} accounts left for {features} features; single drivers are uncertain",
    "wide_interval": "the AUC is known only to within {low} and {high}",
    "outcomes_unknown": "{unknown} rows were left out, because their outcome was not known yet",
    "constant_features": "these features were the same everywhere and left out: {features}",
    "not_causal": "drivers tell accounts apart; changing one need not change the outcome",
}


@dataclass(frozen=True, slots=True)
class Training:
    """What went into a model."""

    table: Table
    recipe: Recipe
    recalibration: Recalibration
    features: tuple[str, ...]
    data_hash: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A code of LIMITS and the facts its template names."""

    code: str
    facts: Mapping[str, str]

    @property
    def words(self) -> str:
        return LIMITS[self.code].format_map(self.facts)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Shares and probabilities 0 to 1, days as ISO dates or None; `quality` is measured on held-out rows before recalibration.

    `accounts`, `churned` count accounts, `rows` snapshots; `split` says how rows were held out; `typical_probability` is that of
    the account with the mean of everything.
    """

    method: str
    engine: str
    data_hash: str
    horizon_days: int | None
    first_snapshot: str | None
    last_snapshot: str | None
    rows: int
    accounts: int
    churned: int
    base_rate: float
    typical_probability: float
    features: tuple[str, ...]
    split: str
    bent: bool
    penalty: float
    recalibration: Recalibration
    quality: Quality
    limits: tuple[Limit, ...]

    def document(self) -> dict[str, Any]:
        """Everything, as JSON can keep it: no number is NaN or infinite."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def write_card(
    training: Training, quality: Quality, *, horizon_days: int | None, forward: bool, typical: float
) -> ModelCard:
    """The card of a model trained on these rows."""
    table = training.table
    return ModelCard(
        method=METHOD,
        engine=ENGINE_VERSION,
        data_hash=training.data_hash,
        horizon_days=horizon_days,
        first_snapshot=day_text(table.at.min()) if table.dated else None,
        last_snapshot=day_text(table.at.max()) if table.dated else None,
        rows=len(table),
        accounts=len(np.unique(table.account_ids)),
        churned=table.churned_accounts,
        base_rate=float(table.churned.mean()),
        typical_probability=typical,
        features=training.features,
        split=FORWARD if forward else BY_ACCOUNT,
        bent=training.recipe.bent,
        penalty=training.recipe.penalty,
        recalibration=training.recalibration,
        quality=quality,
        limits=tuple(_limits(training, quality)),
    )


def read_card(document: Mapping[str, Any]) -> ModelCard:
    """The inverse of `ModelCard.document`; what was not a number there is NaN again."""
    found = dict(document)
    return ModelCard(
        **found
        | {
            "features": tuple(found["features"]),
            "recalibration": Recalibration(**found["recalibration"]),
            "quality": _quality(found["quality"]),
            "limits": tuple(Limit(**limit) for limit in found["limits"]),
        }
    )


def _limits(training: Training, quality: Quality) -> list[Limit]:
    table, features = training.table, training.features
    left_out = sorted(set(table.columns) - set(features))
    undated = [name for name in table.undated if name in features]
    facts = {
        "undated_snapshots": None if table.dated else {},
        "undated_features": {"features": ", ".join(undated)} if undated and table.dated else None,
        "few_outcomes": {"churned": str(table.churned_accounts), "features": str(len(features))}
        if table.churned_accounts < OUTCOMES_A_FEATURE * len(features)
        else None,
        "wide_interval": {"low": f"{quality.auc.lo:.2f}", "high": f"{quality.auc.hi:.2f}"}
        if quality.auc.hi - quality.auc.lo > WIDE
        else None,
        "outcomes_unknown": {"unknown": f"{table.unknown:,}"} if table.unknown else None,
        "constant_features": {"features": ", ".join(left_out)} if left_out else None,
        "not_causal": {},
    }
    return [Limit(code, values) for code, values in facts.items() if values is not None]


def _quality(document: Mapping[str, Any]) -> Quality:
    intervals = {name: _interval(document[name]) for name in ("auc", "slope", "intercept", "lift")}
    bins = tuple(Bin(**each | {"observed": _interval(each["observed"])}) for each in document["bins"])
    return Quality(**{**document, **intervals, "bins": bins})


def _interval(document: Mapping[str, Any]) -> Interval:
    return Interval(**{name: math.nan if value is None else value for name, value in document.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
