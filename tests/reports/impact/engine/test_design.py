"""Before a trial: the numbers that have to be printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import power_proportions_2indep

from reports.impact.engine import required_accounts, smallest_detectable_effect


@pytest.mark.parametrize(
    ("before", "after", "even", "one_in_five"),
    [
        (0.1, 0.075, 4003, 6740),
        (0.1, 0.05, 863, 1599),
        (0.2, 0.134, 995, 1703),
        (0.2, 0.1, 392, 716),
        (0.25, 0.125, 298, 540),
    ],
)
def test_it_gives_the_known_totals(before: float, after: float, even: int, one_in_five: int) -> None:
    totals = [
        required_accounts(churn_held_out=before, churn_treated=after, treated_share=share).total for share in (0.5, 0.8)
    ]
    assert totals == pytest.approx([even, one_in_five], abs=1)


def test_its_power_is_what_it_says() -> None:
    needed = required_accounts(churn_held_out=0.2, churn_treated=0.1)
    power = power_proportions_2indep(-0.1, 0.2, nobs1=needed.treated, ratio=1).power
    assert power == pytest.approx(0.8, abs=0.02)


@given(st.floats(0.05, 0.5), st.floats(0.3, 0.9), st.integers(100, 5000))
def test_the_smallest_effect_needs_just_these_accounts(churn: float, share: float, total: int) -> None:
    treated = round(total * share)
    effect = smallest_detectable_effect(treated=treated, held_out=total - treated, churn=churn)
    if effect is not None:
        needed = required_accounts(churn_held_out=churn, churn_treated=churn - effect, treated_share=treated / total)
        assert needed.total == pytest.approx(total, rel=0.01, abs=2)


def test_a_handful_of_accounts_can_show_nothing() -> None:
    assert smallest_detectable_effect(treated=10, held_out=10, churn=0.1) is None
    assert smallest_detectable_effect(treated=1000, held_out=1000, churn=0.0) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"churn_held_out": 1.2, "churn_treated": 0.1},
        {"churn_held_out": 0.1, "churn_treated": 0.1},
        {"churn_held_out": 0.1, "churn_treated": 0.05, "treated_share": 1.0},
        {"churn_held_out": float("nan"), "churn_treated": 0.05},
    ],
)
def test_what_is_no_plan_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="give"):
        required_accounts(**wrong)


def test_an_empty_arm_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one account"):
        smallest_detectable_effect(treated=0, held_out=10, churn=0.1)
