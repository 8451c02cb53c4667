"""A tier follows from value less cost to serve, and says why and how surely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.engine.value.tier import WORDS, Tier, TierRules, tier_of
from health.engine.value.worth import CannotValue, CustomerValue

RULES = TierRules(high_cents=100_000, middle_cents=20_000)
ORDER = [Tier.LOSS, Tier.LOW, Tier.MIDDLE, Tier.HIGH]


def worth(cents: int, lo: int | None = None, hi: int | None = None) -> CustomerValue:
    return CustomerValue(cents, lo, hi, "sBG", "3 renewals, 3 years", "")


@pytest.mark.parametrize(
    ("value", "cost", "tier", "reason"),
    [
        (110_000, 10_000, Tier.HIGH, "above"),
        (110_000, 10_001, Tier.MIDDLE, "above"),
        (30_000, 10_001, Tier.LOW, "below"),
        (10_000, 10_000, Tier.LOW, "below"),
        (10_000, 10_001, Tier.LOSS, "costs_more"),
    ],
)
def test_the_tier_by_hand(value, cost, tier, reason):
    found = tier_of(worth(value), cost_cents=cost, rules=RULES)
    assert (found.tier, found.reason) == (tier, reason)
    assert found.facts["net"] == value - cost
    assert WORDS[reason].format_map(found.facts)


def test_the_reason_names_the_threshold_passed_or_missed():
    assert tier_of(worth(120_000), cost_cents=0, rules=RULES).facts["from"] == 100_000
    low = tier_of(worth(5_000), cost_cents=0, rules=RULES)
    assert (low.facts["next"], low.facts["from"]) == ("middle", 20_000)


def test_strategic_is_high_whatever_the_money_says_and_unknown_is_a_verdict():
    strategic = tier_of(worth(1), cost_cents=9, rules=RULES, strategic="reference in Japan")
    assert (strategic.tier, strategic.reason, strategic.facts["note"]) == (Tier.HIGH, "strategic", "reference in Japan")
    unknown = tier_of(None, cost_cents=9, rules=RULES, missing="no contract")
    assert (unknown.tier, unknown.facts["note"]) == (Tier.UNKNOWN, "no contract")


def test_an_interval_across_a_threshold_is_not_sure():
    found = tier_of(worth(110_000, 15_000, 130_000), cost_cents=0, rules=RULES)
    assert found.possible == (Tier.HIGH, Tier.MIDDLE, Tier.LOW)
    assert not found.sure
    assert tier_of(worth(110_000, 105_000, 130_000), cost_cents=0, rules=RULES).sure
    assert not tier_of(worth(110_000), cost_cents=0, rules=RULES).sure


@given(st.integers(0, 300_000), st.integers(0, 300_000), st.integers(0, 100_000))
def test_more_value_never_lowers_the_tier_and_more_cost_never_raises_it(value, more, cost):
    def rank(cents: int, spent: int) -> int:
        return ORDER.index(tier_of(worth(cents), cost_cents=spent, rules=RULES).tier)

    assert rank(value + more, cost) >= rank(value, cost) >= rank(value, cost + more)


def test_nonsense_is_refused():
    with pytest.raises(CannotValue, match="cost_cents is -1"):
        tier_of(worth(1), cost_cents=-1, rules=RULES)
    with pytest.raises(CannotValue, match="give high > middle > 0"):
        TierRules(high_cents=5, middle_cents=5)
