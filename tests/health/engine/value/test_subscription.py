"""A subscription's value: survival that is not constant, times margin, in today's money."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.engine.value.subscription import (
    CONSTANT,
    METHOD,
    LifeTable,
    Survival,
    fit_survival,
    life_table,
    subscription_value,
    survival,
)
from health.engine.value.worth import CannotValue

HIGH_END = [0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491]  # Fader and Hardie (2007), table 1
REGULAR = [0.631, 0.468, 0.382, 0.326, 0.289, 0.262, 0.241]
LATER = {
    "high end": (HIGH_END, [0.468, 0.445, 0.427, 0.409, 0.394]),
    "regular": (REGULAR, [0.223, 0.207, 0.194, 0.183, 0.173]),
}
NOBODY = np.empty((0, 2))
KNOWN = Survival(1.0, 1.0, 0.0, NOBODY, alike=False)
YEARS = {"periods": 2, "discount": 0.1}


def test_survival_by_hand():
    np.testing.assert_allclose(survival(1, 1, 3), [1 / 2, 1 / 3, 1 / 4])
    np.testing.assert_allclose(survival(2, 3, 2), [3 / 5, 3 / 5 * 4 / 6])


def test_value_by_hand():
    value = subscription_value(KNOWN, margin_cents=100_00, **YEARS)
    assert value.est_cents == round(100_00 * (1 + 1 / 2 / 1.1 + 1 / 3 / 1.21))
    assert (value.lo_cents, value.hi_cents, value.horizon) == (None, None, "2 renewals, 2 years")
    later = subscription_value(KNOWN, margin_cents=100_00, pays_now=False, **YEARS)
    assert later.est_cents == value.est_cents - 100_00


def test_who_has_stayed_before_is_worth_more():
    values = [subscription_value(KNOWN, margin_cents=100_00, renewals_survived=n, **YEARS).est_cents for n in range(5)]
    assert values == sorted(set(values))
    assert values[1] == round(100_00 * (1 + 2 / 3 / 1.1 + 2 / 4 / 1.21))


def test_months_are_discounted_by_the_month():
    monthly = subscription_value(KNOWN, margin_cents=100_00, periods=1, periods_a_year=12, discount=0.1)
    assert monthly.est_cents == round(100_00 * (1 + 1 / 2 * 1.1 ** (-1 / 12)))


def test_it_finds_the_published_parameters():
    fitted = fit_survival(life_table(HIGH_END))
    assert (fitted.alpha, fitted.beta) == pytest.approx((0.668, 3.806), abs=0.001)
    assert fitted.curve(12)[11] == pytest.approx(0.394, abs=0.025)
    value = subscription_value(fitted, margin_cents=100_00, periods=12, discount=0.1)
    assert value.est_cents == pytest.approx(502_60, abs=6_00)
    assert value.covers.startswith("no interval")


@pytest.mark.parametrize("segment", LATER)
def test_years_it_has_not_seen_are_foretold_far_better_than_by_constant_churn(segment):
    seen, actual = LATER[segment]
    fitted = fit_survival(life_table(seen))
    ours = np.abs(fitted.curve(12)[7:] / actual - 1).mean()
    constant = np.abs(seen[-1] ** (np.arange(8, 13) / 7) / actual - 1).mean()
    assert ours < 0.035
    assert constant > 4 * ours
    value = subscription_value(fitted, margin_cents=100_00, periods=12, discount=0.1)
    truth = 100_00 * (1 + np.array([*seen, *actual]) @ 1.1 ** -np.arange(1, 13))
    assert value.est_cents == pytest.approx(truth, rel=0.005)


def test_more_customers_make_the_interval_narrower():
    widths = []
    for customers in (500, 5_000, 50_000):
        fitted = fit_survival(life_table(HIGH_END, customers=customers))
        value = subscription_value(fitted, margin_cents=100_00, periods=12, discount=0.1)
        assert value.lo_cents < value.est_cents < value.hi_cents
        assert value.method == METHOD
        widths.append(value.hi_cents - value.lo_cents)
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_the_interval_holds_the_truth_in_95_of_100_cases():
    rng = np.random.default_rng(7)
    truth = subscription_value(
        Survival(0.7, 3.8, 0, NOBODY, alike=False), margin_cents=100_00, periods=10, discount=0.1
    )
    hit = 0
    for _ in range(60):
        ends = rng.geometric(rng.beta(0.7, 3.8, 300))
        counts = [(float((ends >= age).sum()), float((ends == age).sum())) for age in range(1, 6)]
        fitted = fit_survival(LifeTable(*map(tuple, zip(*counts, strict=True))))
        value = subscription_value(fitted, margin_cents=100_00, periods=10, discount=0.1)
        hit += value.lo_cents <= truth.est_cents <= value.hi_cents
    assert hit >= 52


def test_constant_churn_is_called_so():
    fitted = fit_survival(life_table([0.8**age for age in range(1, 6)], customers=1000))
    assert fitted.alike
    np.testing.assert_allclose(fitted.curve(3), [0.8, 0.64, 0.512], rtol=1e-3)
    assert subscription_value(fitted, margin_cents=100_00, **YEARS).method == CONSTANT


def test_cohorts_of_different_age_add_up():
    whole = fit_survival(life_table(HIGH_END, customers=1000))
    table = life_table(HIGH_END, customers=1000)
    young = tuple(500 if age == 0 else 0 for age in range(7)), tuple(65.5 if age == 0 else 0 for age in range(7))
    both = LifeTable(
        *(
            tuple(a + b for a, b in zip(*each, strict=True))
            for each in ((table.exposed, young[0]), (table.lost, young[1]))
        )
    )
    assert fit_survival(both).curve(1)[0] == pytest.approx(whole.curve(1)[0], abs=0.01)


@given(st.floats(0.05, 20), st.floats(0.05, 20), st.integers(2, 30))
def test_survival_never_rises_and_the_hazard_falls(alpha, beta, periods):
    curve = survival(alpha, beta, periods)
    assert np.all(np.diff(curve) <= 1e-12)
    hazard = 1 - curve[1:] / curve[:-1]
    assert np.all(np.diff(hazard) <= 1e-9)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (LifeTable((100, 50), (50, 10)), "2 renewals are known; survival needs 3"),
        (LifeTable((100, 50, 20), (5, 5, 5)), "15 customers were lost; survival needs 30"),
        (LifeTable((100, 50, 20), (0, 0, 0)), "Nobody was lost"),
        (LifeTable((100, 50, 20), (50, 60, 10)), "Renewal 2: 60 lost of 50"),
        (LifeTable((100, float("nan"), 20), (50, 10, 10)), "Renewal 2: 10 lost of nan"),
    ],
)
def test_too_little_or_nonsense_is_refused(table, message):
    with pytest.raises(CannotValue, match=message):
        fit_survival(table)


@pytest.mark.parametrize("shares", [[0.5, 0.6, 0.4], [1.2, 0.5, 0.4], [0.5, float("nan"), 0.1]])
def test_shares_that_rise_are_refused(shares):
    with pytest.raises(CannotValue, match="give shares from 0 to 1 that never rise"):
        life_table(shares)


def test_a_discount_that_is_none_is_refused():
    with pytest.raises(CannotValue, match="discount is -1; give a yearly rate"):
        subscription_value(KNOWN, margin_cents=1, periods=1, discount=-1)
    with pytest.raises(CannotValue, match="periods and periods_a_year"):
        subscription_value(KNOWN, margin_cents=1, periods=0, discount=0.1)
