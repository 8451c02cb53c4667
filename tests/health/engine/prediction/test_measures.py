"""The figures a model is judged by, against hand-made cases and slower definitions."""

from itertools import pairwise, product

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from health.engine.prediction import measures

CASES = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=4, max_size=40).filter(
    lambda rows: 0 < sum(left for _score, left in rows) < len(rows)
)


def arrays(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([score / 8 for score, _left in rows]), np.array([float(left) for _score, left in rows])


def test_auc_by_hand():
    assert measures.auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1.0, 1])) == 0.75
    assert measures.auc(np.ones(6), np.array([0, 0, 1.0, 1, 0, 1])) == 0.5


@given(CASES)
def test_auc_is_the_share_of_pairs_in_order(rows):
    score, left = arrays(rows)
    pairs = [(a > b) + (a == b) / 2 for a, b in product(score[left == 1], score[left == 0])]
    assert measures.auc(score, left) == pytest.approx(np.mean(pairs))
    assert measures.auc(-score, left) == pytest.approx(1 - np.mean(pairs))


@settings(max_examples=50)
@given(CASES)
def test_the_interval_holds_the_estimate_and_stays_a_share(rows):
    found = measures.auc_interval(*arrays(rows))
    assert 0 <= found.lo <= found.estimate <= found.hi <= 1


def test_the_variance_of_the_auc_is_delongs():
    rng = np.random.default_rng(5)
    left = (rng.random(60) < 0.4).astype(float)
    score = rng.normal(size=60) + left
    order = np.array([[(a > b) + (a == b) / 2 for b in score[left == 0]] for a in score[left == 1]])
    variance = order.mean(axis=1).var(ddof=1) / order.shape[0] + order.mean(axis=0).var(ddof=1) / order.shape[1]
    found = measures.auc_interval(score, left)
    width = measures.Z95 * np.sqrt(variance) / (order.mean() * (1 - order.mean()))
    assert found.lo == pytest.approx(expit(logit(order.mean()) - width))
    assert found.hi == pytest.approx(expit(logit(order.mean()) + width))


def test_rows_of_one_account_count_as_one():
    rng = np.random.default_rng(5)
    left = (rng.random(60) < 0.4).astype(float)
    score = rng.normal(size=60) + left
    once = measures.auc_interval(score, left)
    thrice = measures.auc_interval(np.tile(score, 3), np.tile(left, 3), np.tile(np.arange(60), 3))
    assert (thrice.lo, thrice.hi) == pytest.approx((once.lo, once.hi))
    pretended = measures.auc_interval(np.tile(score, 3), np.tile(left, 3))
    assert pretended.hi - pretended.lo < 0.7 * (once.hi - once.lo)


def test_the_interval_of_the_auc_covers_in_95_of_100_cases():
    rng = np.random.default_rng(11)
    truth, hit = 0.7602, 0  # two normals one apart
    for _ in range(400):
        found = measures.auc_interval(
            np.r_[rng.normal(1, 1, 40), rng.normal(0, 1, 120)], np.r_[np.ones(40), np.zeros(120)]
        )
        hit += found.lo <= truth <= found.hi
    assert 0.925 <= hit / 400 <= 0.985


def test_calibration_equals_that_of_statsmodels():
    rng = np.random.default_rng(2)
    chance = rng.uniform(0.05, 0.9, 500)
    left = (rng.random(500) < expit(0.4 + 0.7 * logit(chance))).astype(float)
    line = logit(chance)
    slope = sm.Logit(left, sm.add_constant(line)).fit(disp=0).params[1]
    level = sm.GLM(left, np.ones(500), family=sm.families.Binomial(), offset=line).fit().params[0]
    found_slope, found_level = measures.calibration(chance, left)
    assert found_slope.estimate == pytest.approx(slope, abs=1e-5)
    assert found_level.estimate == pytest.approx(level, abs=1e-5)
    assert found_slope.lo < 0.7 < found_slope.hi


def test_bins_by_hand():
    chance = np.array([0.1, 0.1, 0.2, 0.2, 0.8, 0.8])
    left = np.array([0, 0, 0, 1.0, 1, 0])
    bins = measures.calibration_bins(chance, left, count=3)
    assert [(each.n, each.churned, round(each.given, 3)) for each in bins] == [(2, 0, 0.1), (2, 1, 0.2), (2, 1, 0.8)]
    assert measures.calibration_error(chance, left, count=3) == pytest.approx((0.1 + 0.3 + 0.3) / 3)


@given(CASES)
def test_every_row_is_in_one_bin_and_equal_ones_together(rows):
    chance, left = arrays(rows)
    bins = measures.calibration_bins(chance, left)
    assert sum(each.n for each in bins) == len(rows)
    assert sum(each.churned for each in bins) == left.sum()
    assert all(one.hi < other.lo for one, other in pairwise(bins))


def test_probabilities_that_are_right_have_no_error_but_chance():
    rng = np.random.default_rng(3)
    chance = rng.uniform(0, 1, 20_000)
    quality = measures.judge(chance, (rng.random(20_000) < chance).astype(float))
    assert quality.ece < 0.012
    assert quality.slope.lo < 1 < quality.slope.hi
    assert quality.intercept.lo < 0 < quality.intercept.hi


def test_lift_by_hand_and_ties_share():
    left = np.zeros(20)
    left[:4] = 1
    assert measures.top_decile_lift(np.linspace(1, 0, 20), left).estimate == pytest.approx(5)
    assert measures.top_decile_lift(np.ones(20), left).estimate == pytest.approx(1)


def test_one_probability_for_all_has_no_slope():
    quality = measures.judge(np.full(10, 0.3), np.r_[np.ones(3), np.zeros(7)])
    assert np.isnan(quality.slope.estimate)
    assert quality.auc.estimate == 0.5
