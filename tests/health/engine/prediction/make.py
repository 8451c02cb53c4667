"""Books whose truth is known, for tests of prediction: who leaves is drawn from a probability that the test can ask for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from scipy.special import expit

from health.engine.prediction.snapshots import Column, Snapshots

FIRST = date(2025, 1, 1)
HORIZON = 90
SEGMENTS = ("large", "middle", "small")


def truth(usage: np.ndarray, segment: np.ndarray) -> np.ndarray:
    """The true chance to leave: less usage and a small account leave more often."""
    return np.asarray(expit(-1.0 - 1.2 * usage + 0.8 * (segment == "small")))


def book(count: int = 400, *, seed: int = 1, **more: list[Any]) -> tuple[Snapshots, np.ndarray]:
    """Accounts without dates, with two features that matter, one that does not, and further columns; and their true chances."""
    rng = np.random.default_rng(seed)
    usage, noise = rng.normal(size=count), rng.normal(size=count)
    segment = np.array(SEGMENTS)[rng.integers(0, 3, count)]
    chance = truth(usage, segment)
    columns = [
        Column("usage", usage.tolist()),
        Column("noise", noise.tolist()),
        Column("segment", segment.tolist()),
        *(Column(name, values) for name, values in more.items()),
    ]
    return Snapshots([f"A{n:05d}" for n in range(count)], columns, (rng.random(count) < chance).tolist()), chance


def shuffled(snapshots: Snapshots, *, seed: int = 3) -> Snapshots:
    """The same rows in another order, and the features in another order."""
    order = np.random.default_rng(seed).permutation(len(snapshots.account_ids))

    def turned(values: Any) -> Any:
        return None if values is None else [values[number] for number in order]

    return Snapshots(
        turned(snapshots.account_ids),
        [Column(column.name, turned(column.values), turned(column.recorded_at)) for column in snapshots.columns[::-1]],
        turned(snapshots.churned),
        turned(snapshots.at),
    )


def company(count: int = 400, *, months: int = 14, seed: int = 1, hindsight: bool = False) -> Snapshots:
    """Monthly snapshots of accounts whose usage drifts and whose risk follows it; each feature was recorded on its day.

    With `hindsight` the usage of every row is that of the last month: zero for whoever had left by then.
    """
    rng = np.random.default_rng(seed)
    usage = rng.normal(size=(count, months)).cumsum(axis=1) * 0.4 + rng.normal(size=(count, 1))
    risk = 0.35 * expit(-1.6 - 1.1 * usage)
    leaving = np.where((left := rng.random((count, months)) < risk).any(axis=1), left.argmax(axis=1), months)
    day = [FIRST + timedelta(days=30 * month) for month in range(months)]
    rows = [(account, month) for account in range(count) for month in range(months) if month <= leaving[account]]
    last = months - 1
    seen = [
        (0.0 if leaving[a] < last else float(usage[a, last]) + 10) if hindsight else float(usage[a, m]) for a, m in rows
    ]
    known = [day[last] if hindsight else day[month] for _account, month in rows]
    return Snapshots(
        account_ids=[f"A{account:04d}" for account, _month in rows],
        columns=[
            Column("usage", seen, known),
            Column("noise", rng.normal(size=len(rows)).tolist(), [day[month] for _account, month in rows]),
        ],
        churned=[bool(leaving[account] < min(month + 3, months)) for account, month in rows],
        at=[day[month] for _account, month in rows],
    )


def as_of(months: int = 14) -> date:
    """The day after the last month of a company."""
    return FIRST + timedelta(days=30 * months)
