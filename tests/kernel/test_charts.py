"""Bars stand where the numbers say, and nothing leaves its box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cshub.kernel import charts, line_plot
from cshub.kernel.charts import ForestEntry, Step

numbers = st.floats(-1e6, 1e6, allow_nan=False)


def per_cent(text: str) -> float:
    return float(text.removesuffix("%"))


def test_a_waterfall_ends_at_what_is_left() -> None:
    rows = charts.waterfall(
        [Step("Logged", "raw", 1264), Step("Anyway", "cut", -738), Step("Twice", "cut", -96), Step("Left", "total")]
    )
    assert [row.amount for row in rows] == [1264, -738, -96, 430]
    assert rows[0].bar == charts.Bar("0%", "100%")
    assert rows[1].bar == charts.Bar("41.61%", "58.39%")
    assert rows[3].bar == charts.Bar("0%", "34.02%")
    assert [row.is_total for row in rows] == [True, False, False, True]
    assert rows[2].connector == "34.02%"
    assert rows[3].connector == ""


def test_a_waterfall_that_falls_below_zero_moves_its_zero_line() -> None:
    rows = charts.waterfall([Step("Logged", "raw", 40), Step("Cost", "cost", -60), Step("Net", "net")])
    assert rows[0].bar.x == "33.33%"
    assert rows[2].amount == -20
    assert rows[2].bar == charts.Bar("0%", "33.33%")


@given(st.lists(numbers, min_size=1, max_size=8))
def test_every_bar_of_a_waterfall_stays_inside(amounts: list[float]) -> None:
    rows = charts.waterfall([*(Step("", "cut", amount) for amount in amounts), Step("", "net")])
    assert rows[-1].amount == pytest.approx(sum(amounts), abs=1e-3)
    for row in rows:
        assert 0 <= per_cent(row.bar.x) <= 100
        assert per_cent(row.bar.x) + per_cent(row.bar.width) <= 100.02


def test_a_forest_always_shows_zero_and_keeps_words_where_it_cannot_draw() -> None:
    drawn = ForestEntry("Rescue", 9.8, 3.1, 16.5, 212, 71, "proven")
    early = ForestEntry("New", None, None, None, 6, 2)
    forest = charts.forest([drawn, early], pooled=drawn)
    assert 0.0 in [tick.value for tick in forest.ticks]
    assert forest.zero == next(tick.at for tick in forest.ticks if tick.value == 0)
    first, second = forest.rows
    assert per_cent(first.low) < per_cent(first.estimate) < per_cent(first.high)
    assert per_cent(forest.zero) < per_cent(first.low)
    assert not second.drawn
    assert second.entry.label == "New"
    assert forest.pooled is not None


def test_the_square_of_a_forest_grows_with_the_smaller_arm() -> None:
    small, large = charts.forest([ForestEntry("", 1, 0, 2, 500, 20), ForestEntry("", 1, 0, 2, 100, 100)]).rows
    assert float(small.size) < float(large.size)


def test_an_interval_keeps_break_even_in_sight() -> None:
    drawing = charts.interval(low=1.21, high=3.70, estimate=2.46, reference=1)
    assert 0 < per_cent(drawing.reference) < per_cent(drawing.band.x) < per_cent(drawing.estimate) < 100


def test_diverging_bars_share_one_scale() -> None:
    negative, positive, nothing = charts.diverging([-14, 7, 0])
    assert negative == charts.Diverging(charts.Bar("4%", "46%"), "negative")
    assert positive == charts.Diverging(charts.Bar("50%", "23%"), "positive")
    assert nothing.bar.width == "0%"


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6).filter(any))
def test_shares_add_up_to_a_hundred(amounts: list[int]) -> None:
    segments = charts.shares([("", amount, 1, "good") for amount in amounts])
    assert sum(segment.share for segment in segments) == 100
    assert len(segments) == sum(1 for amount in amounts if amount)


def test_shares_of_nothing_are_no_bar() -> None:
    assert charts.shares([("Healthy", 0, 0, "good")]) == ()


def test_a_spark_needs_two_points_and_keeps_its_gaps_in_place() -> None:
    assert charts.spark([]) is None
    assert charts.spark([62, None]) is None
    line = charts.spark([60, None, 70])
    assert line is not None
    assert line.path.startswith("M0.0 ")
    assert line.end_x == "84.0"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-8, 26, (-5, 0, 5, 10, 15, 20, 25)), (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1.0)), (3, 3, (3,))],
)
def test_ticks_are_round(low: float, high: float, expected: tuple[float, ...]) -> None:
    assert charts.ticks(low, high) == expected


def test_heat_has_twenty_steps() -> None:
    assert [charts.heat(value, low=86, high=100) for value in (80, 86, 93, 100, 120)] == [0, 0, 10, 20, 20]


def test_a_line_plot_places_lines_labels_and_what_happened() -> None:
    plot = line_plot.line_plot(
        [line_plot.Line("Treated", [80, None, 90], "treated", [None, (84, 88), (86, 92)], text="Treated 90%")],
        line_plot.Axes(low=80, high=100, y_labels=[(80, "80%"), (100, "100%")], x_labels=[(0, "Jan"), (2, "Mar")]),
        marks=[line_plot.Mark(1, "event", "Start"), line_plot.Mark(2, "critical", value=90)],
        goal=line_plot.Goal(95, "Goal"),
        danger_below=85,
    )
    [line] = plot.lines
    assert line.path == "M0.0 240.0M1000.0 120.0"
    assert line.ribbon == "M500.0 144.0L1000.0 96.0L1000.0 168.0L500.0 192.0Z"
    assert line.end_y == "50%"
    assert [tick.y for tick in plot.y_ticks] == ["100%", "0%"]
    assert plot.events[0].x == "50%"
    assert (plot.points[0].x, plot.points[0].y) == ("100%", "50%")
    assert plot.goal is not None
    assert plot.goal.y == "25%"
    assert plot.danger == charts.Bar("75%", "25%")
