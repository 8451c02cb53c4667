"""Raw values become points: by hand, and in every direction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.engine.transforms import Choice, Linear, Percentile, Step, Tenure


@pytest.mark.parametrize(
    ("transform", "raw", "points"),
    [
        (Linear(0, 10), 2.5, 2500),
        (Linear(0, 10), -3, 0),
        (Linear(0, 10), 12, 10000),
        (Linear(30, 2), 2, 10000),
        (Linear(30, 2), 16, 5000),
        (Linear(30, 2), 44, 0),
        (Step(1000, ((1, 5000), (3, 8000))), 0.99, 1000),
        (Step(1000, ((1, 5000), (3, 8000))), 1, 5000),
        (Step(1000, ((1, 5000), (3, 8000))), 99, 8000),
        (Choice((("No", 2000), ("Yes", 9000))), 1.0, 9000),
        (Percentile("all", "higher"), 0.625, 6250),
    ],
)
def test_points_by_hand(transform, raw, points):
    assert transform.points(raw) == points


numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


@given(numbers, numbers, numbers, numbers)
def test_a_line_never_turns_and_stays_inside(low, high, one, other):
    if low == high:
        return
    line = Linear(low, high)
    smaller, larger = sorted((one, other))
    first, second = line.points(smaller), line.points(larger)
    assert 0 <= first <= 10000
    assert first <= second if low < high else first >= second


@pytest.mark.parametrize(("months", "points"), [(0, 5000), (5.9, 5000), (6, 2000), (40, 2000)])
def test_steps_follow_the_months_as_a_customer(months, points):
    tables = Tenure(((0, Step(5000, ((9, 9000),))), (6, Step(2000, ((9, 9000),)))))
    assert tables.at(months).points(3) == points
