"""A month of margin by hand, and what must always hold: more renewals, longer horizons and less discount are worth more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from health.engine.value.months import Running, annuity, worth_of_a_month
from health.engine.value.subscription import LifeTable, Survival, fit_survival, subscription_value
from health.engine.value.worth import CannotValue

EVEN = Survival(alpha=1.0, beta=1.0, loglik=0.0, draws=np.empty((0, 2)), alike=False)  # stays 1/2, 1/3, 1/4 …
TABLE = LifeTable((1000.0, 869, 743, 653), (131.0, 126, 90, 60))
FITTED = fit_survival(TABLE)


def running(*rows: tuple[int, int, int]) -> Running:
    left, term, survived = np.array(rows).T
    return Running(left, term, survived)


def test_a_contract_by_hand_without_discount():
    # 2 months run anyway; then 3 with 1/2, 3 with 1/3 (given renewal 2/3), 1 with 1/4 (1/2)
    found = worth_of_a_month(EVEN, running((2, 3, 0)), months=9, discount=0)
    assert found.until[0] == pytest.approx(2)
    assert found.first[0] == pytest.approx(1 / 2)
    assert found.after[0] == pytest.approx(3 + 3 * 2 / 3 + 1 / 2)
    assert found.whole[0] == pytest.approx(2 + 3 / 2 + 3 / 3 + 1 / 4)
    assert np.isnan(found.low[0])


def test_who_survived_a_renewal_stands_one_further_on_the_curve():
    # B(1, 1 + t): given one survived, it stays 2/3, then 2/4
    found = worth_of_a_month(EVEN, running((0, 1, 1)), months=2, discount=0)
    assert found.whole[0] == pytest.approx(2 / 3 + 2 / 4)


def test_the_discount_is_taken_in_the_middle_of_each_month():
    found = worth_of_a_month(EVEN, running((2, 12, 0)), months=2, discount=0.21)
    assert found.whole[0] == pytest.approx(1.21 ** (-0.5 / 12) + 1.21 ** (-1.5 / 12))
    assert annuity(2, 0.21) == pytest.approx(found.until[0])


def test_it_is_the_value_of_renewals_where_each_period_is_a_month():
    value = subscription_value(FITTED, margin_cents=100_00, periods=24, discount=0.0, periods_a_year=12)
    found = worth_of_a_month(FITTED, running((1, 1, 0)), months=25, discount=0.0)
    assert 100_00 * found.whole[0] == pytest.approx(value.est_cents, abs=1)
    assert 100_00 * found.low[0] == pytest.approx(value.lo_cents, abs=1)
    assert 100_00 * found.high[0] == pytest.approx(value.hi_cents, abs=1)


def test_a_table_whose_first_renewal_nobody_saw_can_be_learned_from():
    fitted = fit_survival(LifeTable((0.0, *TABLE.exposed), (0.0, *TABLE.lost)))
    assert 0 < fitted.alpha < fitted.beta


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(1, 36), st.integers(0, 8), st.integers(2, 60), st.floats(0, 0.5))
def test_more_survived_a_longer_horizon_and_less_discount_never_lower_it(left, term, survived, months, discount):
    def worth(*row: int, months: int = months, discount: float = discount) -> float:
        return float(worth_of_a_month(EVEN, running(row), months=months, discount=discount).whole[0])

    here = worth(left, term, survived)
    assert worth(left, term, survived + 1) >= here - 1e-12
    assert worth(left, term, survived, months=months + 1) >= here
    assert worth(left, term, survived, discount=discount + 0.1) <= here
    assert here <= annuity(months, discount) + 1e-9


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 24), st.integers(1, 24), st.integers(0, 5)), min_size=1, max_size=8))
def test_a_row_does_not_depend_on_the_others_and_lies_in_its_interval(rows):
    together = worth_of_a_month(FITTED, running(*rows), months=36, discount=0.1)
    alone = worth_of_a_month(FITTED, running(rows[-1]), months=36, discount=0.1)
    assert together.whole[-1] == alone.whole[0]
    assert np.all(together.low <= together.high + 1e-12)


@pytest.mark.parametrize(
    ("row", "months", "named"),
    [((0, 0, 0), 12, "Row 0: term is 0"), ((-1, 1, 0), 12, "left is -1"), ((0, 1, 0), 0, "months is 0")],
)
def test_what_makes_no_sense_is_refused_by_name(row, months, named):
    with pytest.raises(CannotValue, match=named):
        worth_of_a_month(EVEN, running(row), months=months, discount=0.1)
