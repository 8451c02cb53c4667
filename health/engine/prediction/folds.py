"""Which rows a model learns from and which it is tried on: forward in time where there are dates, else by account."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from health.engine.prediction.snapshots import Flags, Table

FOLDS = 5
FEWEST_IN_A_FOLD = 20  # accounts of each outcome to learn from before a later snapshot is tried


@dataclass(frozen=True, slots=True)
class Fold:
    """Two masks over the rows of a table; no row is in both."""

    train: Flags
    test: Flags


def folds_of(table: Table, horizon_days: int | None, count: int = FOLDS) -> tuple[Fold, ...]:
    """Forward in time over the latest snapshots if the history allows two such folds, otherwise by account."""
    forward = forward_folds(table, horizon_days, count)
    return forward if len(forward) > 1 else account_folds(table, count)


def forward_folds(table: Table, horizon_days: int | None, count: int = FOLDS) -> tuple[Fold, ...]:
    """Try each of the latest `count` snapshots on what was known by then: rows whose window (at, at + horizon] was over."""
    if not table.dated or horizon_days is None:
        return ()
    folds = [_before(table, moment, horizon_days) for moment in np.unique(table.at)]
    return tuple(fold for fold in folds if _enough(table, fold))[-count:]


def account_folds(table: Table, count: int = FOLDS) -> tuple[Fold, ...]:
    """Each account in one fold with all of its rows, leaving ones dealt out evenly; which one does not depend on the order of rows."""
    left = set(table.account_ids[table.churned == 1].tolist())
    names = sorted(set(table.account_ids.tolist()), key=lambda name: (name in left, _draw(name)))
    dealt = {name: number % count for number, name in enumerate(names)}
    number = np.array([dealt[name] for name in table.account_ids.tolist()])
    folds = [Fold(number != each, number == each) for each in range(count)]
    return tuple(fold for fold in folds if len(np.unique(table.churned[fold.train])) > 1 and fold.test.any())


def later_part(table: Table, horizon_days: int, fewest: int) -> Fold:
    """The split at the latest day from which on `fewest` accounts left and stayed, and before which enough was known.

    An empty `test` says that there is no such day.
    """
    for moment in np.unique(table.at)[::-1]:
        fold = Fold(table.at + horizon_days <= moment, table.at >= moment)
        tried = table.part(fold.test)
        if min(tried.churned_accounts, tried.stayed_accounts) >= fewest and _enough(table, fold):
            return fold
    return Fold(np.ones(len(table), dtype=bool), np.zeros(len(table), dtype=bool))


def _before(table: Table, moment: float, horizon_days: int) -> Fold:
    return Fold(table.at + horizon_days <= moment, table.at == moment)


def _enough(table: Table, fold: Fold) -> bool:
    train = table.part(fold.train)
    return bool(fold.test.any()) and min(train.churned_accounts, train.stayed_accounts) >= FEWEST_IN_A_FOLD


def _draw(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
