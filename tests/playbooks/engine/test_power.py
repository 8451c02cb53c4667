"""What a holdout can show is said before it starts, and said right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from playbooks.engine.power import required_total, smallest_effect


@pytest.mark.parametrize(
    ("loss_rate", "effect", "even", "one_in_five"),
    [(0.10, 0.025, 4003, 6740), (0.10, 0.05, 863, 1599), (0.20, 0.066, 995, 1703), (0.25, 0.125, 298, 540)],
)
def test_the_published_sample_sizes_come_out(loss_rate: float, effect: float, even: int, one_in_five: int) -> None:
    assert required_total(effect=effect, loss_rate=loss_rate, holdout_share=0.5) == pytest.approx(even, abs=1)
    assert required_total(effect=effect, loss_rate=loss_rate, holdout_share=0.2) == pytest.approx(one_in_five, abs=1)


@pytest.mark.parametrize(("treated", "held_out", "loss_rate"), [(320, 80, 0.25), (500, 500, 0.1), (1_200, 300, 0.15)])
def test_the_smallest_effect_has_a_power_of_80_percent(treated: int, held_out: int, loss_rate: float) -> None:
    effect = smallest_effect(treated_count=treated, held_out_count=held_out, loss_rate=loss_rate)
    assert effect is not None
    assert power(treated, held_out, loss_rate - effect, loss_rate) == pytest.approx(0.8, abs=0.03)


def power(treated: int, held_out: int, treated_rate: float, held_out_rate: float) -> float:
    """How often the comparison finds the effect, over every pair of counts that can occur."""
    lost, lost_out = np.arange(treated + 1) / treated, np.arange(held_out + 1) / held_out
    error = np.sqrt(lost * (1 - lost) / treated + (lost_out * (1 - lost_out) / held_out)[:, None])
    found = np.abs(lost_out[:, None] - lost) > 1.959964 * error
    chances = binom.pmf(np.arange(held_out + 1), held_out, held_out_rate)[:, None] * binom.pmf(
        np.arange(treated + 1), treated, treated_rate
    )
    return float(chances[found].sum())


def test_a_holdout_that_can_show_nothing_says_so() -> None:
    assert smallest_effect(treated_count=8, held_out_count=2, loss_rate=0.1) is None


@given(st.integers(50, 5_000), st.integers(50, 5_000), st.floats(0.05, 0.5))
def test_more_accounts_show_smaller_effects(treated: int, held_out: int, loss_rate: float) -> None:
    one = smallest_effect(treated_count=treated, held_out_count=held_out, loss_rate=loss_rate)
    double = smallest_effect(treated_count=2 * treated, held_out_count=2 * held_out, loss_rate=loss_rate)
    assert one is None or (double is not None and double < one <= loss_rate)


@pytest.mark.parametrize("counts", [(0, 10, 0.1), (10, 0, 0.1), (10, 10, 0), (10, 10, 1)])
def test_numbers_that_cannot_be_are_refused(counts: tuple[int, int, float]) -> None:
    with pytest.raises(ValueError, match=r"accounts|loss rate"):
        smallest_effect(treated_count=counts[0], held_out_count=counts[1], loss_rate=counts[2])
