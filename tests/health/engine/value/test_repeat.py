"""Customers who reorder as they like: published parameters, slower definitions, and intervals that hold on real orders."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from cshub.environment import BASE_DIR
from health.engine.value import repeat
from health.engine.value.purchases import History, Order, bought_between, history_of
from health.engine.value.worth import CannotValue

UNTIL, LATER = date(1997, 9, 30), date(1998, 6, 30)
WEEKS = (LATER - UNTIL).days / 7
DAY = date(2026, 1, 1)


@pytest.fixture(scope="module")
def orders() -> list[Order]:
    table = pd.read_csv(BASE_DIR / "tests/evidence/pack/cdnow.csv")
    return [
        Order(str(row.customer_id), date.fromisoformat(row.date), round(row.value * 100)) for row in table.itertuples()
    ]


@pytest.fixture(scope="module")
def history(orders) -> History:
    return history_of(orders, until=UNTIL)


@pytest.fixture(scope="module")
def buying(history) -> repeat.Buying:
    return repeat.fit_buying(history)


@pytest.fixture(scope="module")
def spending(history) -> repeat.Spending:
    return repeat.fit_spending(history)


def bought(*rows: tuple[str, int, int]) -> list[Order]:
    return [Order(name, DAY + timedelta(days=day), cents) for name, day, cents in rows]


def test_orders_become_histories_by_hand():
    rows = bought(("B", 0, 100), ("A", 7, 500), ("A", 0, 300), ("A", 7, 100), ("A", 21, 200), ("A", 90, 900))
    found = history_of(rows, until=DAY + timedelta(days=28))
    assert found.customer_ids == ("A", "B")
    assert [found.repeats.tolist(), found.recency.tolist(), found.age.tolist()] == [[2, 0], [3, 0], [4, 4]]
    assert found.spent_cents.tolist() == [400, 0]
    after = bought_between(rows, ("A", "B"), after=DAY + timedelta(days=28), until=DAY + timedelta(days=90))
    assert after.tolist() == [1, 0]


def test_a_negative_amount_is_refused_by_customer_and_day():
    with pytest.raises(CannotValue, match="Customer A on 2026-01-03: amount_cents is -5"):
        history_of(bought(("A", 2, -5)), until=DAY + timedelta(days=9))


def test_it_finds_the_published_parameters(buying, spending):
    assert [buying.r, buying.alpha, buying.a, buying.b] == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=0.001)
    assert buying.loglik == pytest.approx(-9582.4, abs=0.1)
    assert [spending.p, spending.q, spending.gamma / 100] == pytest.approx([6.25, 3.74, 15.44], abs=0.02)


def test_it_foretells_the_weeks_held_back_about_as_published(orders, history, buying):
    expected = repeat.expected_purchases(buying, history, weeks=WEEKS)
    actual = bought_between(orders, history.customer_ids, after=UNTIL, until=LATER)
    assert expected.sum() / actual.sum() - 1 == pytest.approx(-0.121, abs=0.005)
    assert np.corrcoef(expected, actual)[0, 1] > 0.62


def test_expected_purchases_are_the_mean_of_drawn_ones(history, buying, spending):
    some = history.part(0, 300)
    rng = np.random.default_rng(1)
    drawn = repeat._drawn_cents(buying, spending, some, WEEKS, rng).mean()
    formula = (repeat.expected_purchases(buying, some, weeks=WEEKS) * repeat.expected_spending(spending, some)).mean()
    assert drawn == pytest.approx(formula, rel=0.08)


def test_the_intervals_hold_what_95_of_100_customers_brought(orders, history, buying, spending):
    values = repeat.repeat_values(buying, spending, history, weeks=WEEKS, margin=1, discount=0)
    brought: dict[str, int] = {}
    for order in orders:
        if UNTIL < order.ordered_on <= LATER:
            brought[order.customer_id] = brought.get(order.customer_id, 0) + order.amount_cents
    again = [
        (value, brought.get(name, 0))
        for value, name, x in zip(values, history.customer_ids, history.repeats, strict=True)
        if x
    ]
    held = np.mean([value.lo_cents <= cents <= value.hi_cents for value, cents in again])
    assert 0.92 <= held <= 0.985
    assert (values[0].method, values[0].horizon) == (repeat.METHOD, "39 weeks")
    assert all(value.lo_cents <= value.est_cents <= value.hi_cents for value in values)


def test_margin_and_discount_take_their_part(history, buying, spending):
    some = history.part(0, 50)
    whole, part = (
        repeat.repeat_values(buying, spending, some, weeks=52, margin=margin, discount=discount)
        for margin, discount in ((1.0, 0.0), (0.5, 0.21))
    )
    years = 26 / repeat.WEEKS_A_YEAR
    assert part[0].est_cents == pytest.approx(whole[0].est_cents * 0.5 * 1.21**-years, abs=1)


def test_more_purchases_are_expected_of_longer_horizons_and_nobody_is_below_nothing(history, buying):
    short, long = (repeat.expected_purchases(buying, history, weeks=weeks) for weeks in (10, 40))
    assert np.all(short >= 0)
    assert np.all(long > short)


def test_who_has_not_bought_for_long_has_probably_stopped(buying):
    two = History(("A", "B", "C"), np.array([5.0, 5, 0]), np.array([38.0, 10, 0]), np.full(3, 39.0), np.zeros(3))
    recent, gone, once = repeat.alive(buying, two)
    assert recent > 0.8 > 0.1 > gone
    assert once == 1


def test_a_mean_of_few_purchases_is_drawn_towards_that_of_all(spending):
    middle = spending.p * spending.gamma / (spending.q - 1)
    cases = History(("A", "B", "C"), np.array([1.0, 20, 0]), np.zeros(3), np.zeros(3), np.array([100_00.0, 100_00, 0]))
    few, many, none = repeat.expected_spending(spending, cases)
    assert middle < few < many < 100_00
    assert none == pytest.approx(middle)


def test_too_few_customers_are_refused():
    small = History(("A",) * 120, np.r_[np.ones(20), np.zeros(100)], np.ones(120), np.full(120, 5.0), np.ones(120))
    with pytest.raises(CannotValue, match="120 customers, 20 of whom bought again; 100 and 50 are needed"):
        repeat.fit_buying(small)
    with pytest.raises(CannotValue, match="20 customers bought again for money; 50 are needed"):
        repeat.fit_spending(small)


def test_a_margin_above_one_is_refused(history, buying, spending):
    with pytest.raises(CannotValue, match="margin is 1.5"):
        repeat.repeat_values(buying, spending, history, weeks=10, margin=1.5, discount=0)
