"""The renewal-rate interval: right against an oracle, and right as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.proportion import confint_proportions_2indep

from reports.impact.engine.rate import Z95, newcombe, wilson

SETTINGS = [
    (30, 30, 0.90),
    (30, 30, 0.97),
    (60, 30, 0.985),
    (50, 50, 0.60),
    (90, 30, 0.97),
    (150, 50, 0.97),
    (100, 100, 0.75),
    (270, 30, 0.95),
    (200, 200, 0.985),
    (450, 50, 0.90),
]


def counts() -> st.SearchStrategy[tuple[int, int]]:
    return st.integers(1, 400).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@given(counts(), counts())
def test_it_agrees_with_statsmodels(one: tuple[int, int], other: tuple[int, int]) -> None:
    _estimate, lo, hi = newcombe(*one, *other)
    expected = confint_proportions_2indep(*one, *other, method="newcomb", compare="diff")
    assert (lo, hi) == pytest.approx(expected, abs=1e-12)


@given(counts(), counts())
def test_it_holds_the_estimate_and_stays_within_one(one: tuple[int, int], other: tuple[int, int]) -> None:
    estimate, lo, hi = newcombe(*one, *other)
    assert -1 <= lo <= estimate <= hi <= 1


@given(counts(), counts())
def test_swapping_the_arms_mirrors_it(one: tuple[int, int], other: tuple[int, int]) -> None:
    estimate, lo, hi = newcombe(*one, *other)
    assert newcombe(*other, *one) == pytest.approx((-estimate, -hi, -lo), abs=1e-12)


@pytest.mark.parametrize(("treated", "held_out", "renewal"), SETTINGS)
@pytest.mark.parametrize("effect", [0.0, 0.012])
def test_its_exact_coverage_is_at_least_93_5_percent(
    treated: int, held_out: int, renewal: float, effect: float
) -> None:
    assert exact_coverage(treated, held_out, renewal + effect, renewal) >= 0.935


def test_with_enough_outcomes_it_is_not_too_wide() -> None:
    assert exact_coverage(200, 200, 0.85, 0.75) <= 0.985


@pytest.mark.parametrize(("renewed", "total"), [(0, 1), (1, 1), (0, 30), (30, 30), (10**6, 10**6)])
def test_all_and_none_leave_room_for_doubt(renewed: int, total: int) -> None:
    lo, hi = wilson(renewed, total)
    assert 0 <= lo < hi <= 1
    assert newcombe(renewed, total, renewed, total)[0] == 0.0
    assert newcombe(renewed, total, renewed, total)[1] < 0 < newcombe(renewed, total, renewed, total)[2]


def exact_coverage(treated: int, held_out: int, share_1: float, share_0: float) -> float:
    """Chance, over every possible pair of counts, that the interval holds the true difference."""
    hits_1, hits_0 = np.arange(treated + 1), np.arange(held_out + 1)
    truth = share_1 - share_0
    covered = np.array(
        [[lo <= truth <= hi for _e, lo, hi in (newcombe(i, treated, j, held_out) for j in hits_0)] for i in hits_1]
    )
    chance = np.outer(binom.pmf(hits_1, treated, share_1), binom.pmf(hits_0, held_out, share_0))
    return float(chance[covered].sum())


def test_the_critical_value_is_the_usual_one() -> None:
    assert pytest.approx(1.959964, abs=1e-6) == Z95
