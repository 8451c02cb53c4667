"""Several lots as one figure: by hand, losers included, and with the coverage it promises."""

from datetime import date
from math import sqrt
from typing import Literal

import numpy as np
import pytest

from reports.impact.engine import HoldoutRow, Result, measure_holdout
from reports.impact.pooling import pool_money, pool_rates

DRAWN, DUE = date(2026, 1, 1), date(2026, 6, 1)


def read(
    treated: tuple[int, int], held_out: tuple[int, int], *, outcome: Literal["renewal", "arr"] = "renewal"
) -> Result:
    """A comparison of (renewals, renewed) in each arm, 100 a year each."""
    rows = [
        HoldoutRow(f"{arm}{index}", arm, 10_000, 10_000 if index < renewed else 0, index < renewed, DRAWN, DUE)
        for arm, (total, renewed) in (("treated", treated), ("held_out", held_out))
        for index in range(total)
    ]
    return measure_holdout(rows, outcome=outcome)


def test_rates_are_weighted_by_the_treated_inside_their_own_lot() -> None:
    one, two = read((300, 270), (100, 80)), read((100, 60), (50, 35))
    pooled = pool_rates([one, two])
    assert pooled is not None
    assert pooled.estimate == pytest.approx(0.75 * 0.1 + 0.25 * -0.1)
    assert None not in (one.estimate, one.lo, two.estimate, two.lo)
    below = sqrt((0.75 * (one.estimate - one.lo)) ** 2 + (0.25 * (two.estimate - two.lo)) ** 2)
    assert pooled.low == pytest.approx(pooled.estimate - below)
    assert (pooled.treated, pooled.held_out, pooled.comparisons) == (400, 150, 2)


def test_one_comparison_pooled_is_itself_and_none_is_nothing() -> None:
    one, unread = read((300, 270), (100, 80)), read((9, 9), (9, 3))
    pooled = pool_rates([one, unread])
    assert pooled is not None
    assert (pooled.estimate, pooled.low, pooled.high) == pytest.approx((one.estimate, one.lo, one.hi))
    assert pool_rates([unread]) is None
    assert pool_money([]).money is None


def test_money_adds_losers_too() -> None:
    gain, loss = read((300, 270), (100, 70), outcome="arr"), read((100, 60), (50, 45), outcome="arr")
    pooled = pool_money([gain, loss])
    assert gain.money
    assert loss.money
    assert pooled.money
    assert loss.money.est_cents < 0
    assert pooled.money.est_cents == gain.money.est_cents + loss.money.est_cents
    assert pooled.money.lo_cents < pooled.money.est_cents < pooled.money.hi_cents


def test_the_interval_of_the_pooled_rate_covers_the_truth() -> None:
    rng, covered, rounds = np.random.default_rng(7), 0, 400
    arms = [((120, 0.9), (60, 0.8)), ((60, 0.75), (40, 0.75)), ((200, 0.88), (50, 0.93))]
    truth = (120 * 0.1 + 60 * 0.0 + 200 * -0.05) / 380
    for _round in range(rounds):
        results = [
            read((n1, int(rng.binomial(n1, p1))), (n0, int(rng.binomial(n0, p0)))) for (n1, p1), (n0, p0) in arms
        ]
        pooled = pool_rates(results)
        assert pooled is not None
        covered += pooled.low <= truth <= pooled.high
    assert 0.925 <= covered / rounds <= 0.985
