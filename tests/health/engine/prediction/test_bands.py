"""What became of the accounts that a scorecard called healthy, and of those it warned of."""

from datetime import date

import numpy as np
import pytest

from health.engine.prediction.backtest import Verdict
from health.engine.prediction.bands import Judged, backtest_bands
from health.engine.prediction.measures import auc, wilson

DAY = date(2026, 3, 31)
GROUPS = (("risk", 30, 20, 20), ("watch", 55, 15, 45), ("good", 85, 5, 195))  # band, score, left, stayed


def judged(groups: tuple[tuple[str, float | None, int, int], ...] = GROUPS) -> Judged:
    rows = [(band, score, left) for band, score, gone, here in groups for left in [True] * gone + [False] * here]
    return Judged(
        [f"A{number}" for number in range(len(rows))],
        [DAY] * len(rows),
        [band for band, _score, _left in rows],
        [score for _band, score, _left in rows],
        [left for _band, _score, left in rows],
    )


def test_the_table_by_hand():
    found = backtest_bands(judged())
    assert found.verdict is Verdict.SHOWN
    assert {each.band: (each.churned, each.n, each.share.estimate) for each in found.bands} == {
        "risk": (20, 40, 0.5),
        "watch": (15, 60, 0.25),
        "good": (5, 200, 0.025),
    }
    table = found.confusion
    assert (table.warned_left, table.warned_stayed, table.quiet_left, table.quiet_stayed) == (20, 20, 20, 240)
    assert (table.precision.estimate, table.recall.estimate) == (0.5, 0.5)
    assert (table.precision.lo, table.precision.hi) == pytest.approx(wilson(20, 40))
    assert found.auc.estimate == pytest.approx((20 * (240 + 10) + 15 * (195 + 22.5) + 5 * 97.5) / (40 * 260))
    assert found.lift.estimate == pytest.approx(0.5 / (40 / 300))
    assert found.tells_apart


def test_the_sentence_of_an_account_comes_from_its_bin():
    found = backtest_bands(judged())
    said = found.bin_of(57.5)
    assert (said.lo, said.hi, said.renewed, said.n, said.share.estimate) == (55, 60, 45, 60, 0.75)
    assert found.bin_of(42) is None
    few = backtest_bands(judged((*GROUPS, ("watch", 62, 1, 5))))
    assert few.bin_of(62) is None
    full = backtest_bands(judged((*GROUPS, ("good", 100, 0, 30))))
    assert full.bin_of(100).renewed == 30


def test_under_30_outcomes_there_is_no_verdict_but_the_counts():
    found = backtest_bands(judged((("risk", 30, 12, 8), ("good", 85, 5, 195))))
    assert found.verdict is Verdict.CANNOT_BE_SHOWN
    assert (found.auc, found.lift, found.confusion, found.tells_apart, found.bin_of(85)) == (None,) * 5
    assert (found.churned, found.stayed) == (17, 203)
    assert (
        "17 accounts left and 203 stayed; 30 of each are needed, so 13 more outcomes are missing"
        in found.reasons[0].words
    )
    assert sum(each.n for each in found.bands) == 220


def test_unknown_is_counted_apart():
    found = backtest_bands(judged((*GROUPS, ("unknown", None, 3, 7))))
    assert found.unscored == 10
    assert {each.band for each in found.bands} == {"risk", "watch", "good", "unknown"}
    assert sum(each.n for each in found.bins) == 300


def test_outcomes_only_among_the_unscored_are_no_verdict():
    found = backtest_bands(judged((("good", 85, 0, 100), ("unknown", None, 40, 40))))
    assert [reason.code for reason in found.reasons] == ["one_outcome_only"]


def test_a_score_that_says_nothing_does_not_tell_apart():
    found = backtest_bands(judged((("risk", 30, 20, 60), ("good", 85, 20, 60))))
    assert found.auc.estimate == 0.5
    assert not found.tells_apart


def test_a_warning_may_be_of_more_bands():
    table = backtest_bands(judged(), warned=("risk", "watch")).confusion
    assert (table.warned_left, table.quiet_left) == (35, 5)


def test_rows_of_one_account_do_not_narrow_the_intervals():
    once = judged()
    twice = Judged(*([*getattr(once, name)] * 2 for name in ("account_ids", "at", "bands", "scores", "churned")))
    twice = Judged(twice.account_ids, [DAY] * 300 + [date(2026, 4, 30)] * 300, twice.bands, twice.scores, twice.churned)
    one, two = backtest_bands(once), backtest_bands(twice)
    assert [each.share for each in two.bands] == [each.share for each in one.bands]
    assert (two.auc.lo, two.auc.hi) == pytest.approx((one.auc.lo, one.auc.hi))


def test_auc_agrees_with_that_of_the_scores():
    rows = judged()
    assert backtest_bands(rows).auc.estimate == pytest.approx(
        auc(-np.array(rows.scores, dtype=float), np.array(rows.churned, dtype=float))
    )
