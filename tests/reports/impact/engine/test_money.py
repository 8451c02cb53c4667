"""Revenue kept: the arithmetic, the jackknife, and how often chance alone would be called an effect."""

from __future__ import annotations

import numpy as np
import pytest

from reports.impact.engine.money import effective_accounts, kept_difference
from reports.impact.engine.rows import Flags, Floats

YEARS = 400


def test_it_is_the_difference_of_kept_per_due() -> None:
    start, end = np.array([100.0, 300.0, 200.0, 200.0]), np.array([100.0, 150.0, 200.0, 0.0])
    kept = kept_difference(start, end, np.array([True, True, False, False]), seed=1)
    assert kept.estimate == pytest.approx(250 / 400 - 200 / 400)


def test_its_error_is_the_jackknife_by_hand() -> None:
    rng = np.random.default_rng(4)
    start = rng.lognormal(9, 1, 40)
    end = start * rng.choice([0, 0.7, 1, 1.2], 40)
    treated = np.arange(40) < 25
    variance = 0.0
    for arm in (treated, ~treated):
        x, y = start[arm], end[arm]
        without = np.array([np.delete(y, i).sum() / np.delete(x, i).sum() for i in range(len(x))])
        variance += (len(x) - 1) / len(x) * np.square(without - without.mean()).sum()
    assert kept_difference(start, end, treated, seed=1).error == pytest.approx(np.sqrt(variance))


def test_it_does_not_depend_on_the_unit() -> None:
    start, end, treated = book(np.random.default_rng(8), 60, 60)
    small, large = (kept_difference(start * unit, end * unit, treated, seed=3) for unit in (1e-6, 1e12))
    assert small.interval() == pytest.approx(large.interval())


def test_it_is_never_narrower_than_the_jackknife() -> None:
    start, end, treated = book(np.random.default_rng(8), 100, 100)
    assert kept_difference(start, end, treated, seed=3).widening >= 1


def test_a_small_uneven_holdout_widens_it() -> None:
    widenings = [
        kept_difference(*book(np.random.default_rng(number), 300, 30, churn=0.1), seed=number).widening
        for number in range(10)
    ]
    assert np.mean(widenings) > 1.1


def test_the_same_seed_gives_the_same_bytes() -> None:
    start, end, treated = book(np.random.default_rng(5), 50, 40)
    assert kept_difference(start, end, treated, seed=9) == kept_difference(start, end, treated, seed=9)


def test_equal_accounts_count_fully_and_a_giant_counts_alone() -> None:
    assert effective_accounts(np.full(37, 5.0)) == pytest.approx(37)
    assert effective_accounts(np.array([1e12, 1.0, 1.0])) == pytest.approx(1)
    assert effective_accounts(np.zeros(5)) == 0
    assert effective_accounts(np.array([])) == 0


@pytest.mark.parametrize(
    ("treated", "held_out", "churn", "sigma"), [(100, 100, 0.25, 1.0), (240, 60, 0.1, 1.0), (150, 50, 0.03, 1.0)]
)
def test_without_an_effect_it_rarely_finds_one(treated: int, held_out: int, churn: float, sigma: float) -> None:
    found = 0
    for year in range(YEARS):
        rng = np.random.default_rng([21, year])
        lo, hi = kept_difference(*book(rng, treated, held_out, churn=churn, sigma=sigma), seed=year).interval()
        found += not lo <= 0 <= hi
    # 6.5% is the bar; 400 years add about one point of play.
    assert found / YEARS <= 0.07


def book(
    rng: np.random.Generator, treated: int, held_out: int, *, churn: float = 0.2, sigma: float = 1.0
) -> tuple[Floats, Floats, Flags]:
    start = rng.lognormal(9.6, sigma, treated + held_out)
    end = np.where(rng.random(len(start)) < churn, 0.0, start * rng.choice([0.7, 1, 1, 1, 1.2], len(start)))
    return start, end, rng.permutation(len(start)) < treated
