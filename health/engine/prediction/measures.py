"""How good probabilities are: does a higher one mean more leave, and do they mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from scipy.special import expit, logit, ndtri

from health.engine.prediction.logistic import Diverged, fit_logistic
from health.engine.prediction.snapshots import Floats

Z95 = float(ndtri(0.975))
BINS = 10
SURE = 1e-6  # probabilities are kept this far from 0 and 1 before their odds are taken


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    estimate: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Accounts given a probability (or score) in [`lo`, `hi`], `n` of them: the mean given, and the share that left with its interval."""

    lo: float
    hi: float
    n: int
    churned: int
    given: float
    observed: Interval


@dataclass(frozen=True, slots=True)
class Quality:
    """What held-out probabilities of `n` rows of `accounts` are worth. Shares 0 to 1; `lift` how many times as many leave in the top tenth as on average."""

    n: int
    accounts: int
    churned: int
    auc: Interval
    brier: float
    base_brier: float
    ece: float
    slope: Interval
    intercept: Interval
    lift: Interval
    bins: tuple[Bin, ...]


def judge(chance: Floats, churned: Floats, clusters: np.ndarray | None = None) -> Quality:
    """All measures of `chance` (n,) against `churned` (n,) of 0 and 1, both outcomes present; `clusters` (n,) rows that belong together."""
    share = float(churned.mean())
    slope, intercept = calibration(chance, churned, clusters)
    return Quality(
        n=len(churned),
        accounts=len(churned) if clusters is None else len(np.unique(clusters)),
        churned=int(churned.sum()),
        auc=auc_interval(chance, churned, clusters),
        brier=float(np.mean((chance - churned) ** 2)),
        base_brier=share * (1 - share),
        ece=calibration_error(chance, churned),
        slope=slope,
        intercept=intercept,
        lift=top_decile_lift(chance, churned, clusters),
        bins=calibration_bins(chance, churned, clusters),
    )


def auc(score: Floats, churned: Floats) -> float:
    """The chance that of two accounts the one that left has the higher score; ties count half. Both outcomes have to be present."""
    left = int(churned.sum())
    ranks = ranks_of(score)
    return float((ranks[churned == 1].sum() - left * (left + 1) / 2) / (left * (len(churned) - left)))


def ranks_of(values: Floats) -> Floats:
    """The place (n,) of each value, the smallest 1; equal ones share the mean of theirs. scipy.stats ranks the same and takes 40 MB of every process."""
    _different, number, times = np.unique(values, return_inverse=True, return_counts=True)
    middle: Floats = np.cumsum(times) - (times - 1) / 2
    return middle[number]


def auc_interval(score: Floats, churned: Floats, clusters: np.ndarray | None = None) -> Interval:
    """AUC with a 95 % interval that is symmetric in log-odds; rows of one cluster are not independent.

    Source: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837-845; for clusters Obuchowski, Biometrics 53 (1997) 567-578.
    Where the outcomes are separated the variance is 0, and Wilson's bound for the rarer outcome stands in.
    """
    above, below = score[churned == 1], score[churned == 0]
    estimate = auc(score, churned)
    placed = np.empty(len(score))
    placed[churned == 1] = (ranks_of(score)[churned == 1] - ranks_of(above)) / len(below)
    placed[churned == 0] = 1 - (ranks_of(score)[churned == 0] - ranks_of(below)) / len(above)
    if estimate in (0.0, 1.0):
        lo, hi = wilson(round(estimate * min(len(above), len(below))), min(len(above), len(below)))
        return Interval(estimate, lo, hi)
    _names, number = np.unique(np.arange(len(score)) if clusters is None else clusters, return_inverse=True)
    off = placed - estimate
    deviation = sqrt(max(_clustered_variance(off, churned, number), 0.0)) / (estimate * (1 - estimate))
    middle = logit(estimate)
    return Interval(estimate, float(expit(middle - Z95 * deviation)), float(expit(middle + Z95 * deviation)))


def calibration(chance: Floats, churned: Floats, clusters: np.ndarray | None = None) -> tuple[Interval, Interval]:
    """Slope (1 is right, below 1 too extreme) and intercept (0 is right, in log-odds, at slope 1), each with its interval.

    Source: Cox, Biometrika 45 (1958) 562-565. Intervals are wide rather than narrow where rows belong together.
    """
    line = logit(np.clip(chance, SURE, 1 - SURE))[:, None]
    spread = 1.0 if clusters is None else sqrt(len(clusters) / len(np.unique(clusters)))
    if np.ptp(line) < SURE:
        slope = Interval(float("nan"), float("nan"), float("nan"))
    else:
        try:
            fitted = fit_logistic(line - line.mean(), churned, penalty=0)
            slope = _around(float(fitted.coefficients[0]), spread * sqrt(fitted.covariance[1, 1]))
        except Diverged:
            slope = Interval(float("inf"), 1.0, float("inf"))
    level = fit_logistic(np.empty((len(line), 0)), churned, penalty=0, offset=line[:, 0])
    return slope, _around(level.intercept, spread * sqrt(level.covariance[0, 0]))


def calibration_bins(
    chance: Floats, churned: Floats, clusters: np.ndarray | None = None, *, count: int = BINS
) -> tuple[Bin, ...]:
    """Up to `count` bins of equal numbers; equal probabilities are never parted. Intervals count each cluster as one account."""
    names = np.arange(len(chance)) if clusters is None else clusters
    order = np.argsort(chance, kind="stable")
    ends = [round(len(chance) * number / count) for number in range(1, count + 1)]
    bins: list[Bin] = []
    start = 0
    for end in ends:
        while 0 < end < len(order) and chance[order[end - 1]] == chance[order[end]]:
            end += 1
        if end > start:
            rows = order[start:end]
            bins.append(_bin(chance[rows], churned[rows], names[rows]))
            start = end
    return tuple(bins)


def calibration_error(chance: Floats, churned: Floats, *, count: int = BINS) -> float:
    """Expected calibration error over bins of equal numbers: the mean distance of what was given from what happened, 0 to 1."""
    bins = calibration_bins(chance, churned, count=count)
    return sum(each.n * abs(each.given - each.observed.estimate) for each in bins) / len(chance)


def top_decile_lift(chance: Floats, churned: Floats, clusters: np.ndarray | None = None) -> Interval:
    """Share that left in the tenth with the highest probability over the share in all; of ties at the edge, their mean share.

    The interval is Wilson's of the tenth, each cluster as one account, with the overall share taken as known.
    """
    top = ceil(len(chance) / 10)
    edge = np.sort(chance)[-top]
    sure, tied = chance > edge, chance == edge
    share = float(churned[sure].sum() + (top - sure.sum()) * churned[tied].mean()) / top
    base = float(churned.mean())
    accounts = top if clusters is None else min(top, len(np.unique(clusters[chance >= edge])))
    lo, hi = wilson(share * accounts, accounts)
    return Interval(share / base, lo / base, hi / base)


def wilson(churned: float, total: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of one share. Source: E. B. Wilson, JASA 22 (1927) 209-212."""
    share = churned / total
    scale = 1 + z * z / total
    center = (share + z * z / (2 * total)) / scale
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / scale
    return (0.0 if churned <= 0 else max(center - half, 0.0)), (1.0 if churned >= total else min(center + half, 1.0))


def share_of(hits: int, total: int, accounts: int | None = None) -> Interval:
    """A share with Wilson's interval, for as many observations as there are `accounts` among the rows."""
    share = hits / total
    seen = total if accounts is None else accounts
    return Interval(share, *wilson(share * seen, seen))


def _around(estimate: float, deviation: float) -> Interval:
    return Interval(estimate, estimate - Z95 * deviation, estimate + Z95 * deviation)


def _bin(chance: Floats, churned: Floats, clusters: np.ndarray) -> Bin:
    left, accounts = int(churned.sum()), len(np.unique(clusters))
    observed = share_of(left, len(chance), accounts)
    return Bin(float(chance[0]), float(chance[-1]), len(chance), left, float(chance.mean()), observed)


def _clustered_variance(off: Floats, churned: Floats, number: np.ndarray) -> float:
    """Obuchowski's variance; with every row a cluster of its own it is DeLong's."""
    left, stayed = churned == 1, churned == 0
    groups = int(number.max()) + 1
    of_left = np.bincount(number[left], off[left], groups)
    of_stayed = np.bincount(number[stayed], off[stayed], groups)
    with_left, with_stayed = len(np.unique(number[left])), len(np.unique(number[stayed]))
    first = with_left / max(with_left - 1, 1) * (of_left @ of_left) / left.sum() ** 2
    second = with_stayed / max(with_stayed - 1, 1) * (of_stayed @ of_stayed) / stayed.sum() ** 2
    both = 2 * groups / max(groups - 1, 1) * (of_left @ of_stayed) / (left.sum() * stayed.sum())
    return float(first + second + both)
