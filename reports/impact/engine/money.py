"""Revenue kept per revenue due, worked minus held out, with an interval that survives a few large accounts."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from reports.impact.engine.rate import Z95
from reports.impact.engine.rows import Flags, Floats

REDRAWS = 999
CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Kept:
    """Difference of the kept shares, its jackknife standard error, and how much wider chance says it must be."""

    estimate: float
    error: float
    widening: float

    def interval(self, z: float = Z95) -> tuple[float, float]:
        """Estimate minus and plus `z` calibrated standard errors."""
        half = z * self.error * self.widening
        return self.estimate - half, self.estimate + half


def kept_difference(start: Floats, end: Floats, treated: Flags, *, seed: int) -> Kept:
    """Sum(end)/sum(start) of the treated minus the same of the held out.

    `start` and `end` are one number per account, in any one unit; both arms need a positive sum of `start`
    without their largest account. The standard error is the delete-one jackknife. The interval is the wider of
    the normal one and the one calibrated by redrawing the arms 999 times (studentized permutation), so that where
    the work changes nothing for anybody, at most 5% of simple draws give an interval without zero, at any size.
    Sources: Efron & Tibshirani, An Introduction to the Bootstrap (1993), ch. 11; Janssen, Stat. Prob. Letters 36
    (1997) 9-21 for the studentized permutation.
    """
    unit = float(start.max(initial=0.0)) or 1.0
    start, end = start / unit, end / unit
    share_1, variance_1 = _arm(start[treated], end[treated])
    share_0, variance_0 = _arm(start[~treated], end[~treated])
    error = float(np.sqrt(variance_1 + variance_0))
    surprise = end - end.sum() / start.sum() * start
    widening = _widening(start, surprise, int(treated.sum()), seed) if error > 0 else 1.0
    return Kept(_settled(share_1 - share_0), _settled(error), _settled(widening))


def effective_accounts(start: Floats) -> float:
    """Kish's effective number of accounts: how many equal ones would carry as much information as these."""
    total = float(start.sum())
    if total <= 0:
        return 0.0
    share = start / total
    return float(1.0 / np.square(share).sum())


def _settled(value: float) -> float:
    """Twelve digits: processors add in different orders, and a report has to come out the same on all of them."""
    return float(f"{value:.12g}")


def _arm(start: Floats, end: Floats) -> tuple[float, float]:
    """Kept share of one arm and its jackknife variance."""
    count, due = len(start), float(start.sum())
    share = float(end.sum()) / due
    # Leaving account i out moves the share by (share * start_i - end_i) / (due - start_i).
    moves = (share * start - end) / (due - start)
    variance = (count - 1) / count * (np.square(moves).sum() - moves.sum() ** 2 / count)
    return share, max(0.0, float(variance))


def _widening(start: Floats, surprise: Floats, treated_count: int, seed: int) -> float:
    """95% quantile of |difference| / error over redrawn arms, in units of 1.96; at least 1."""
    stream = np.random.PCG64(seed)
    at_once = max(1, CELLS_AT_ONCE // len(start))
    scores: list[Floats] = []
    for first in range(0, REDRAWS, at_once):
        size = min(at_once, REDRAWS - first)
        # Raw bits, not Generator methods: their stream is promised never to change between numpy versions.
        keys = stream.random_raw(size * len(start)).reshape(size, len(start))
        scores.append(_redrawn(start, surprise, keys, treated_count))
    ranked = np.sort(np.concatenate(scores))
    quantile = float(ranked[ceil(0.95 * (REDRAWS + 1)) - 1])
    return max(1.0, quantile / Z95)


def _redrawn(start: Floats, surprise: Floats, keys: NDArray[np.uint64], treated_count: int) -> Floats:
    """|difference| / jackknife error for each row of `keys`, which draws that many accounts into the treated arm."""
    drawn = keys <= np.partition(keys, treated_count - 1, axis=1)[:, treated_count - 1 : treated_count]
    weights = drawn.astype(float)
    due_1, sum_1 = np.einsum("ij,j->i", weights, start), np.einsum("ij,j->i", weights, surprise)
    due_0, sum_0 = start.sum() - due_1, surprise.sum() - sum_1
    with np.errstate(divide="ignore", invalid="ignore"):
        share_1, share_0 = sum_1 / due_1, sum_0 / due_0
        moves = np.where(drawn, share_1[:, None], share_0[:, None]) * start - surprise
        moves /= np.where(drawn, due_1[:, None], due_0[:, None]) - start
        variance = _variances(moves, weights, treated_count)
        score = np.abs(share_1 - share_0) / np.sqrt(variance)
    # A redraw that leaves an arm without revenue, or without spread, says nothing good: count it as extreme.
    return np.where(np.isfinite(score), score, np.inf)


def _variances(moves: Floats, weights: Floats, treated_count: int) -> Floats:
    """Jackknife variances of both arms together, one per redraw."""
    held_out_count = moves.shape[1] - treated_count
    sum_1, square_1 = np.einsum("ij,ij->i", weights, moves), np.einsum("ij,ij,ij->i", weights, moves, moves)
    sum_0, square_0 = moves.sum(axis=1) - sum_1, np.einsum("ij,ij->i", moves, moves) - square_1
    variance: Floats = (treated_count - 1) / treated_count * (square_1 - sum_1**2 / treated_count)
    variance += (held_out_count - 1) / held_out_count * (square_0 - sum_0**2 / held_out_count)
    return variance
