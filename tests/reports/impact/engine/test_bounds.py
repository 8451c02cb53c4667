"""The critical values of repeated looks: the published ones, and never cheaper than a single look."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.impact.engine.bounds import critical_values, spending
from reports.impact.engine.rate import Z95


def test_it_reproduces_the_published_values_for_five_looks() -> None:
    assert critical_values((0.2, 0.4, 0.6, 0.8, 1.0)) == pytest.approx((4.877, 3.357, 2.680, 2.290, 2.031), abs=6e-4)


def test_one_look_costs_nothing() -> None:
    assert critical_values((1.0,)) == pytest.approx((Z95,))


def test_a_look_without_new_renewals_decides_nothing() -> None:
    values = critical_values((0.0, 0.5, 0.5, 1.0))
    assert values[0] == values[2] == inf
    assert (values[1], values[3]) == pytest.approx(critical_values((0.5, 1.0)))


def test_all_five_percent_are_spent_at_the_end() -> None:
    assert 2 * spending(1.0) == pytest.approx(0.05)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=30))
def test_no_look_is_as_easy_as_a_single_one(dues: list[int]) -> None:
    total = np.cumsum(dues)
    values = critical_values(tuple(float(due) for due in total / total[-1]))
    assert len(values) == len(dues)
    assert min(values) >= Z95 - 1e-6


def test_weekly_looks_at_chance_alone_cross_a_bound_in_five_percent_of_years() -> None:
    steps = np.random.default_rng(3).normal(size=(20_000, 52))
    scores = steps.cumsum(axis=1) / np.sqrt(np.arange(1, 53))
    values = np.array(critical_values(tuple(week / 52 for week in range(1, 53))))
    assert float((np.abs(scores) > values).any(axis=1).mean()) == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize("information", [(0.5, 0.4), (-0.1, 1.0), (0.5, 1.1)])
def test_a_calendar_that_falls_is_refused(information: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="rising order"):
        critical_values(information)
