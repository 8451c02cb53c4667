"""Sharing cents: none lost, none made, in any order."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.impact.engine import Touch, allocate
from reports.impact.engine.allocation import Rule, split_cents

TOUCHES = st.lists(
    st.builds(Touch, st.text(max_size=3), st.one_of(st.integers(0, 10**6), st.floats(0, 1e6))), max_size=12
)
TOTALS = st.integers(-(10**15), 10**15)
RULES = st.sampled_from(["equal", "time_decay"])


@given(TOTALS, TOUCHES, RULES)
def test_the_shares_add_up_to_the_cent(total: int, touches: list[Touch], rule: Rule) -> None:
    shares = allocate(total, touches, rule=rule)
    assert sum(shares.values()) == (total if touches else 0)
    assert all(share * total >= 0 for share in shares.values())


@given(TOTALS, TOUCHES, RULES)
def test_order_does_not_matter(total: int, touches: list[Touch], rule: Rule) -> None:
    assert allocate(total, touches[::-1], rule=rule) == allocate(total, touches, rule=rule)


@given(TOTALS, TOUCHES, RULES)
def test_a_negative_total_mirrors_the_positive(total: int, touches: list[Touch], rule: Rule) -> None:
    mirrored = {name: -share for name, share in allocate(total, touches, rule=rule).items()}
    assert allocate(-total, touches, rule=rule) == mirrored


@given(TOTALS, TOUCHES, RULES)
def test_no_share_is_a_cent_away_from_its_due(total: int, touches: list[Touch], rule: Rule) -> None:
    shares = allocate(total, touches, rule=rule)
    if rule == "equal":
        assert all(abs(share - Fraction(total, len(shares))) < 1 for share in shares.values())


def test_thirty_days_halve_the_weight() -> None:
    assert allocate(90_000, [Touch("a", 0), Touch("b", 30)], rule="time_decay") == {"a": 60_000, "b": 30_000}


def test_a_touch_listed_twice_counts_once_at_its_nearest() -> None:
    twice = [Touch("a", 60), Touch("b", 30), Touch("a", 0)]
    assert allocate(90_000, twice, rule="time_decay") == {"a": 60_000, "b": 30_000}


def test_touches_long_ago_still_share() -> None:
    assert allocate(10, [Touch("a", 1e9), Touch("b", 1e9)], rule="time_decay") == {"a": 5, "b": 5}


def test_no_touches_no_shares() -> None:
    assert allocate(100, []) == {}
    assert split_cents(100, {}) == {}


@pytest.mark.parametrize("days", [-1, float("nan"), float("inf")])
def test_days_that_are_none_are_named(days: float) -> None:
    with pytest.raises(ValueError, match="Touch 'qbr': days_before"):
        allocate(1, [Touch("qbr", days)])


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(ValueError, match="rule is 'first'"):
        allocate(1, [Touch("a", 1)], rule="first")  # type: ignore[arg-type]
