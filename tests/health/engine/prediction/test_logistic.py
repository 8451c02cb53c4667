"""The regression agrees with another implementation, and with the conditions of a maximum where there is none."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from health.engine.prediction.logistic import Diverged, clustered, fit_logistic


def data(seed: int = 1, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(count, 3))
    return design, (rng.random(count) < expit(-1 + design @ [1.0, -0.5, 0.0])).astype(float)


def test_coefficients_and_covariance_equal_those_of_statsmodels():
    design, outcome = data()
    oracle = sm.Logit(outcome, sm.add_constant(design)).fit(disp=0, tol=1e-12)
    ours = fit_logistic(design, outcome, penalty=0)
    np.testing.assert_allclose([ours.intercept, *ours.coefficients], oracle.params, atol=1e-6)
    np.testing.assert_allclose(ours.covariance, oracle.cov_params(), rtol=1e-4)


def test_the_offset_is_that_of_statsmodels():
    design, outcome = data()
    offset = design[:, 0]
    oracle = sm.GLM(outcome, sm.add_constant(design[:, 1:]), family=sm.families.Binomial(), offset=offset).fit(
        tol=1e-12
    )
    ours = fit_logistic(design[:, 1:], outcome, penalty=0, offset=offset)
    np.testing.assert_allclose([ours.intercept, *ours.coefficients], oracle.params, atol=1e-6)


def test_the_covariance_of_clusters_equals_that_of_statsmodels():
    design, outcome = data()
    groups = np.arange(len(outcome)) // 4
    oracle = sm.Logit(outcome, sm.add_constant(design)).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    ours = clustered(fit_logistic(design, outcome, penalty=0), design, outcome, groups)
    np.testing.assert_allclose(ours.covariance, oracle.cov_params() * 100 / 99, rtol=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.1, 1.0, 30.0, 1000.0]))
def test_at_the_maximum_the_penalty_balances_the_data(seed, penalty):
    design, outcome = data(seed, count=120)
    if len(set(outcome)) < 2:
        return
    found = fit_logistic(design, outcome, penalty=penalty)
    off = outcome - expit(found.log_odds(design))
    np.testing.assert_allclose(design.T @ off, penalty * found.coefficients, atol=1e-3)
    assert off.sum() == pytest.approx(0, abs=1e-3)


def test_a_stronger_penalty_makes_smaller_coefficients():
    design, outcome = data()
    sizes = [np.linalg.norm(fit_logistic(design, outcome, penalty=each).coefficients) for each in (0, 1, 10, 100, 1e6)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 1e-3


def test_separated_outcomes_are_refused_without_a_penalty_and_learned_with_one():
    design = np.linspace(-1, 1, 40)[:, None]
    outcome = (design[:, 0] > 0).astype(float)
    with pytest.raises(Diverged, match="penalty above 0"):
        fit_logistic(design, outcome, penalty=0)
    assert fit_logistic(design, outcome, penalty=1).coefficients[0] > 1


def test_features_that_say_the_same_are_refused_without_a_penalty():
    design, outcome = data()
    with pytest.raises(Diverged, match="not independent"):
        fit_logistic(design[:, [0, 0]], outcome, penalty=0)


def test_where_it_begins_does_not_matter():
    design, outcome = data()
    far = fit_logistic(design, outcome, penalty=1e4)
    np.testing.assert_allclose(
        fit_logistic(design, outcome, penalty=1, start=far).coefficients,
        fit_logistic(design, outcome, penalty=1).coefficients,
        atol=1e-6,
    )
