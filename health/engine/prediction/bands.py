"""Is a health score honest: what happened to the accounts it called healthy and to those it called at risk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from health.engine.prediction.backtest import Verdict
from health.engine.prediction.churn import FEWEST_TO_JUDGE, refuse_few
from health.engine.prediction.measures import Interval, auc_interval, share_of, top_decile_lift
from health.engine.prediction.reasons import CannotPredict, Reason, cannot
from health.engine.prediction.snapshots import Column, Flags, Floats, Moment, Snapshots, Table, tabulate

BIN_WIDTH = 5  # points
FEWEST_IN_A_BIN = 20  # with fewer a share says nothing
RISK = ("risk",)
HIGHEST = 100.0


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts of a scorecard, one row for each account and moment, and what became of the account.

    `scores` 0 to 100 or None for unknown; `at` and `churned` as in Snapshots: the outcome in (at, at + horizon].
    """

    account_ids: Sequence[str]
    at: Sequence[Moment]
    bands: Sequence[str]
    scores: Sequence[float | None]
    churned: Sequence[bool | None]


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """What became of the accounts of a band: rows `n`, of which `churned` left; the share that left with its interval."""

    band: str
    n: int
    churned: int
    share: Interval


@dataclass(frozen=True, slots=True)
class ScoreBin:
    """Scores in [`lo`, `hi`): of `n` rows `renewed` stayed; `share` of those that stayed. `enough` is whether it may be said aloud."""

    lo: float
    hi: float
    n: int
    renewed: int
    share: Interval
    enough: bool


@dataclass(frozen=True, slots=True)
class Confusion:
    """Rows the scorecard warned of (`warned`) or not (`quiet`), by what happened; precision and recall with intervals.

    `precision` is the share that left of those warned of, None where it warned of nobody; `recall` the share warned of among those that left.
    """

    warned_left: int
    warned_stayed: int
    quiet_left: int
    quiet_stayed: int
    precision: Interval | None
    recall: Interval


@dataclass(frozen=True, slots=True)
class BandBacktest:
    """How honest a scorecard was. Counts are always given; `auc`, `lift` and `confusion` only with the verdict SHOWN.

    `churned` and `stayed` count accounts; `bins` are by score; `auc` is that of a low score against leaving.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    churned: int
    stayed: int
    unscored: int
    bands: tuple[GroupOutcome, ...]
    bins: tuple[ScoreBin, ...]
    confusion: Confusion | None
    auc: Interval | None
    lift: Interval | None

    @property
    def tells_apart(self) -> bool | None:
        """Whether accounts with a low score leave more often, beyond chance; None without a verdict."""
        return None if self.auc is None else self.auc.lo > 0.5

    def bin_of(self, score: float) -> ScoreBin | None:
        """The bin a score lies in, if enough is known about it to say a sentence."""
        found = (each for each in self.bins if each.lo <= score < each.hi or each.hi == score == HIGHEST)
        return next((each for each in found if each.enough and self.verdict is Verdict.SHOWN), None)


def backtest_bands(
    judged: Judged,
    *,
    warned: Collection[str] = RISK,
    horizon_days: int | None = None,
    as_of: Moment | None = None,
) -> BandBacktest:
    """Set verdicts against outcomes; `warned` are the bands that count as a warning.

    Intervals take the rows of one account as one account. Gives no verdict under FEWEST_TO_JUDGE accounts of each outcome and says
    how many exist. Raises CannotPredict only for rows that are wrong in themselves.
    """
    columns = [Column("band", judged.bands), Column("score", judged.scores)]
    table = tabulate(
        Snapshots(judged.account_ids, columns, judged.churned, judged.at), horizon_days=horizon_days, as_of=as_of
    )
    bands, score = table.columns["band"], np.asarray(table.columns["score"], dtype=float)
    scored = ~np.isnan(score)
    reasons: tuple[Reason, ...] = ()
    try:
        refuse_few(table, FEWEST_TO_JUDGE)
        _refuse_unscored(table, scored)
    except CannotPredict as refusal:
        reasons = refusal.reasons
    shown = not reasons
    known = table.part(scored)
    return BandBacktest(
        verdict=Verdict.SHOWN if shown else Verdict.CANNOT_BE_SHOWN,
        reasons=reasons,
        churned=table.churned_accounts,
        stayed=table.stayed_accounts,
        unscored=int((~scored).sum()),
        bands=tuple(_outcome(table, str(band), bands == band) for band in sorted(set(bands.tolist()))),
        bins=_score_bins(known, score[scored]),
        confusion=_confusion(table, np.isin(bands.astype(str), list(warned))) if shown else None,
        auc=auc_interval(-score[scored], known.churned, known.account_ids) if shown else None,
        lift=top_decile_lift(-score[scored], known.churned, known.account_ids) if shown else None,
    )


def _refuse_unscored(table: Table, scored: Flags) -> None:
    """There is no AUC unless some that left and some that stayed have a score."""
    known = table.part(scored)
    if len(np.unique(known.churned)) < 2:
        raise cannot("one_outcome_only", churned=int(known.churned.sum()), known=len(known))


def _outcome(table: Table, band: str, rows: Flags) -> GroupOutcome:
    return GroupOutcome(band, int(rows.sum()), int(table.churned[rows].sum()), _share(table, rows, table.churned == 1))


def _score_bins(table: Table, score: Floats) -> tuple[ScoreBin, ...]:
    number = np.minimum(score // BIN_WIDTH, HIGHEST // BIN_WIDTH - 1)
    return tuple(_score_bin(table, float(each), number == each) for each in np.unique(number))


def _score_bin(table: Table, number: float, rows: Flags) -> ScoreBin:
    lo = number * BIN_WIDTH
    return ScoreBin(
        lo=lo,
        hi=lo + BIN_WIDTH,
        n=int(rows.sum()),
        renewed=int((table.churned[rows] == 0).sum()),
        share=_share(table, rows, table.churned == 0),
        enough=len(np.unique(table.account_ids[rows])) >= FEWEST_IN_A_BIN,
    )


def _confusion(table: Table, warned: NDArray[np.bool_]) -> Confusion:
    left = table.churned == 1
    return Confusion(
        warned_left=int((warned & left).sum()),
        warned_stayed=int((warned & ~left).sum()),
        quiet_left=int((~warned & left).sum()),
        quiet_stayed=int((~warned & ~left).sum()),
        precision=_share(table, warned, left) if warned.any() else None,
        recall=_share(table, left, warned),
    )


def _share(table: Table, rows: Flags, hits: Flags) -> Interval:
    """Share of `hits` among `rows`; the interval is Wilson's for as many observations as there are accounts."""
    return share_of(int(hits[rows].sum()), int(rows.sum()), len(np.unique(table.account_ids[rows])))
