"""The door between the evidence pack and the engines of prediction and customer value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from health.engine.prediction.churn import fit_churn
from health.engine.prediction.history import Events, Lives, take_snapshot
from health.engine.prediction.measures import judge
from health.engine.prediction.reasons import CannotPredict
from health.engine.prediction.snapshots import Column, Snapshots, fingerprint, tabulate
from health.engine.value.purchases import Order, bought_between, history_of
from health.engine.value.repeat import expected_purchases, fit_buying
from health.engine.value.subscription import fit_survival, life_table, subscription_value

Tables = Mapping[str, pd.DataFrame]
Params = Mapping[str, Any]

FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)  # the pack counts days from a day without a name
CENTS = 100


def churn_fit_score(tables: Tables, params: Params) -> dict[str, Any]:
    """Learn from one table, try on the other. The pack names a model; the engine has one and says which."""
    target = params["target"]
    test = columns_of(tables["test"], target)
    try:
        model = fit_churn(_rows(tables["train"], target))
        predicted = model.predict([str(number) for number in tables["test"].index], test)
    except CannotPredict as refusal:
        return {"verdict": "CANNOT_BE_SHOWN", "reasons": list(refusal.codes), "words": str(refusal)}
    quality = judge(predicted.probability, tables["test"][target].to_numpy(dtype=float))
    return {
        "auc": quality.auc.estimate,
        "auc_lo": quality.auc.lo,
        "auc_hi": quality.auc.hi,
        "brier": quality.brier,
        "ece": quality.ece,
        "slope": quality.slope.estimate,
        "top_decile_lift": quality.lift.estimate,
        "n": quality.n,
        "method": model.card.method,
        "data_hash": model.card.data_hash,
        "reasons": [],
    }


def churn_snapshot(tables: Tables, params: Params) -> dict[str, Any]:
    """One snapshot; `checksum` is the sum over all features."""
    accounts, events = tables["accounts"], tables["events"]
    lives = Lives(
        accounts["account_id"].tolist(),
        [_day(day) for day in accounts["start"]],
        [None if pd.isna(day) else _day(day) for day in accounts["churn"]],
    )
    found = take_snapshot(
        lives,
        Events(events["account_id"].tolist(), events["kind"].tolist(), [_day(day) for day in events["ts"]]),
        at=_day(params["at"]),
        window_days=params["window"],
        horizon_days=params["horizon"],
    )
    numbers = [value for column in found.columns for value in column.values if isinstance(value, int | float)]
    return {
        "n": len(found.account_ids),
        "labels": sum(bool(left) for left in found.churned),
        "features": [column.name for column in found.columns],
        "checksum": float(np.sum(numbers)),
        "data_hash": fingerprint(tabulate(found), dict(params)),
    }


def clv_subscription_fit(tables: Tables, params: Params) -> dict[str, Any]:
    fitted = fit_survival(life_table(params["survival"], customers=params.get("customers")))
    value = subscription_value(
        fitted, margin_cents=round(params["margin"] * CENTS), periods=params["project"], discount=params["discount"]
    )
    return {
        "alpha": fitted.alpha,
        "beta": fitted.beta,
        "survival": fitted.curve(params["project"]).tolist(),
        "clv": value.est_cents / CENTS,
        "lo": None if value.lo_cents is None else value.lo_cents / CENTS,
        "hi": None if value.hi_cents is None else value.hi_cents / CENTS,
        "method": value.method,
        "horizon": value.horizon,
    }


def clv_repeat(tables: Tables, params: Params) -> dict[str, Any]:
    until, later = (date.fromisoformat(params[name]) for name in ("calibration_end", "holdout_end"))
    orders = [
        Order(str(row.customer_id), date.fromisoformat(str(row.date)[:10]), round(row.value * 100))
        for row in tables["tx"].itertuples()
    ]
    history = history_of(orders, until=until)
    buying = fit_buying(history)
    expected = expected_purchases(buying, history, weeks=(later - until).days / 7)
    actual = bought_between(orders, history.customer_ids, after=until, until=later)
    return {
        "params": [buying.r, buying.alpha, buying.a, buying.b],
        "loglik": buying.loglik,
        "expected": float(expected.sum()),
        "actual": float(actual.sum()),
        "corr": float(np.corrcoef(expected, actual)[0, 1]),
        "n": len(history),
    }


def columns_of(table: pd.DataFrame, target: str) -> list[Column]:
    """Every column but the target, a blank as not known."""
    return [
        Column(
            name,
            [None if blank else value for value, blank in zip(table[name].tolist(), table[name].isna(), strict=True)],
        )
        for name in table.columns
        if name != target
    ]


def _rows(table: pd.DataFrame, target: str) -> Snapshots:
    left = [None if pd.isna(value) else bool(value) for value in table[target].tolist()]
    return Snapshots([str(number) for number in table.index], columns_of(table, target), left)


def _day(number: float) -> datetime:
    return FIRST_DAY + timedelta(days=float(number))
