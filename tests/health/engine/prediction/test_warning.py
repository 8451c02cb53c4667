"""How many days before leaving an account was called at risk, and stayed so."""

from datetime import date, timedelta

import pytest

from health.engine.prediction.backtest import Verdict
from health.engine.prediction.warning import days_of_warning, early_warning, median

LEFT = date(2026, 6, 30)


def history(*changes: tuple[int, str]) -> list[tuple[date, str]]:
    return [(LEFT - timedelta(days=days), band) for days, band in changes]


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ([(200, "good"), (45, "risk")], 45),
        ([(200, "risk"), (100, "good"), (20, "risk"), (10, "risk")], 20),
        ([(200, "risk"), (10, "watch")], 0),
        ([(200, "good")], 0),
        ([], 0),
        ([(200, "good"), (0, "risk"), (-5, "risk")], 0),
    ],
)
def test_only_the_last_unbroken_stay_counts(changes, days):
    assert days_of_warning(history(*changes), LEFT) == days
    assert days_of_warning(history(*changes)[::-1], LEFT) == days


def test_figures_over_all_that_left():
    histories = {f"A{n}": history((n * 2, "risk")) for n in range(1, 31)}
    found = early_warning(histories, dict.fromkeys([*histories, "B1", "B2"], LEFT))
    assert (found.verdict, found.left) == (Verdict.SHOWN, 32)
    assert found.warned.estimate == 30 / 32
    assert found.in_time.estimate == 16 / 32
    assert found.days.estimate == 29
    assert found.days.lo < 29 < found.days.hi


def test_under_30_there_is_no_verdict():
    found = early_warning({}, {f"A{n}": LEFT for n in range(29)})
    assert (found.verdict, found.left, found.days) == (Verdict.CANNOT_BE_SHOWN, 29, None)
    assert "29 accounts left" in found.reasons[0].words
    assert "1 more outcomes" in found.reasons[0].words


def test_the_interval_of_the_median_is_that_of_the_sign_test():
    found = median(list(range(1, 41)))  # published bounds for n = 40: the 14th and 27th
    assert (found.estimate, found.lo, found.hi) == (20.5, 14, 27)
