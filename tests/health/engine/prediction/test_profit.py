"""Contacting pays from a probability on that can be worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.engine.prediction.profit import Offer, break_even, contact_threshold, realized_cents

OFFER = Offer(offer_cents=100_00, contact_cents=10_00, success_rate=0.3)


def test_the_profit_of_one_by_hand():
    plan = contact_threshold([0.5], [1000_00], OFFER)  # .5 x .3 x 900 - .5 x 100 - 10 = 75
    assert (plan.best.profit_cents, plan.best.contacted, plan.best.threshold) == (75_00, 1, 0.5)
    assert plan.break_even == pytest.approx(110 / 370)


def test_the_best_step_contacts_those_that_pay_and_no_more():
    plan = contact_threshold([0.9, 0.5, 0.5, 0.29, 0.1], [1000_00] * 5, OFFER)
    assert (plan.best.threshold, plan.best.contacted) == (0.5, 3)
    assert plan.best.leaving == pytest.approx(1.9)
    assert [step.contacted for step in plan.curve] == [1, 3, 4, 5]
    assert plan.lo_cents < plan.best.profit_cents < plan.hi_cents


def test_where_nobody_pays_nobody_is_contacted():
    plan = contact_threshold([0.2, 0.1], [100_00] * 2, OFFER)
    assert plan.best is None
    assert plan.break_even is None
    assert contact_threshold([], [], OFFER).best is None


def test_an_account_at_break_even_brings_nothing():
    for value in (500_00, 1000_00, 9999_00):
        plan = contact_threshold([break_even(value, OFFER)], [value], OFFER)
        assert plan.curve[0].profit_cents == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10**7)), min_size=1, max_size=30))
def test_no_step_is_better_than_the_best(accounts):
    chance, value = [p for p, _v in accounts], [v for _p, v in accounts]
    plan = contact_threshold(chance, value, OFFER)
    assert max(0, *(step.profit_cents for step in plan.curve)) == (plan.best.profit_cents if plan.best else 0)
    assert plan.curve[-1].contacted == len(accounts)


def test_what_it_would_have_brought_by_hand():
    brought = realized_cents([True, True, False], [True, False, True], [1000_00] * 3, OFFER)
    assert brought == 0.3 * 900_00 - 100_00 - 2 * 10_00


@pytest.mark.parametrize(
    ("chance", "value", "message"),
    [
        ([1.5], [1], "Row 0: probability is 1.5; give 0 to 1"),
        ([float("nan")], [1], "probability is nan"),
        ([0.5], [-1], "Row 0: value_cents is -1.0"),
        ([0.5, 0.5], [1], "2 probabilities and 1 values"),
    ],
)
def test_nonsense_is_refused_by_row(chance, value, message):
    with pytest.raises(ValueError, match=message):
        contact_threshold(chance, value, OFFER)


def test_an_offer_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="success_rate is 1.2; give a share"):
        Offer(offer_cents=1, contact_cents=1, success_rate=1.2)
    with pytest.raises(ValueError, match="contact_cents is -1"):
        Offer(offer_cents=1, contact_cents=-1, success_rate=0.2)
