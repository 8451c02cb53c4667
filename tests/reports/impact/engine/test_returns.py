"""Return on cost: margin before revenue, and the lower bound in the headline."""

from __future__ import annotations

import pytest

from reports.impact.engine import Money, roi


def test_it_is_margin_less_cost_over_cost() -> None:
    result = roi(Money(50_000_000, 20_000_000, 80_000_000), margin=0.8, cost_cents=15_000_000)
    assert (result.roi, result.lo, result.hi) == pytest.approx((5 / 3, 1 / 15, 49 / 15))
    assert result.headline == result.lo
    assert (result.net_cents, result.net_lo_cents, result.net_hi_cents) == (25_000_000, 1_000_000, 49_000_000)


def test_a_loss_on_cost_is_a_headline_too() -> None:
    assert roi(Money(100, 10, 200), margin=0.5, cost_cents=100).headline == pytest.approx(-0.95)


@pytest.mark.parametrize("lo", [0, -1])
def test_money_not_shown_to_be_above_zero_has_no_headline(lo: int) -> None:
    assert roi(Money(100, lo, 200), margin=0.5, cost_cents=100).headline is None


def test_keeping_the_break_even_pays_the_cost() -> None:
    even = roi(Money(0, 0, 0), margin=0.7, cost_cents=1_234_567).break_even_cents
    assert roi(Money(even, even, even), margin=0.7, cost_cents=1_234_567).roi == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("margin", "cost", "named"),
    [(0.0, 1, "margin"), (1.1, 1, "margin"), (80, 1, "margin"), (float("nan"), 1, "margin"), (0.8, 0, "cost_cents")],
)
def test_a_wrong_input_is_named(margin: float, cost: int, named: str) -> None:
    with pytest.raises(ValueError, match=f"{named} is"):
        roi(Money(1, 1, 1), margin=margin, cost_cents=cost)
