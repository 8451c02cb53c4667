"""The inbox puts first what is worth most and can wait least."""

from hypothesis import given
from hypothesis import strategies as st

from playbooks.engine.ranking import rank

MONEY = st.floats(1, 1e7)
DAYS = st.integers(-100, 400)


@given(MONEY, st.floats(0, 99), DAYS, DAYS)
def test_worse_health_more_money_and_less_time_rank_higher(arr: float, score: float, due: int, renewal: int) -> None:
    here = rank(arr=arr, health_score=score, days_to_due=due, days_to_renewal=renewal)
    assert rank(arr=arr * 2, health_score=score, days_to_due=due, days_to_renewal=renewal).score > here.score
    assert rank(arr=arr, health_score=score / 2, days_to_due=due, days_to_renewal=renewal).score >= here.score
    assert rank(arr=arr, health_score=score, days_to_due=due + 1, days_to_renewal=renewal + 1).score <= here.score


def test_unknown_health_counts_as_a_half_and_no_renewal_as_a_year_away() -> None:
    unknown = rank(arr=100, health_score=None, days_to_due=0, days_to_renewal=None)
    assert (unknown.value_at_risk, unknown.risk) == (50, 0.5)
    assert unknown.urgency == rank(arr=100, health_score=50, days_to_due=0, days_to_renewal=365).urgency


def test_overdue_is_as_urgent_as_can_be() -> None:
    assert rank(arr=1, health_score=0, days_to_due=-5, days_to_renewal=0).urgency == 1
