"""The measurement as a whole: what it claims, what it refuses, and that a refusal holds no estimate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.impact.engine import ALWAYS_WORKED, HELD_OUT, Grade, HoldoutRow, Verdict, measure_holdout
from tests.reports.impact.engine.make import lost, random_trial, row, trial


def test_a_clear_gain_is_measured() -> None:
    result = measure_holdout(trial(200, 190, 200, 160), expected_share=0.5)
    assert result.verdict is Verdict.MEASURED_GAIN
    assert result.grade is Grade.A
    assert result.estimate == pytest.approx(0.15)
    assert result.money is None


def test_a_clear_loss_is_measured_too() -> None:
    assert measure_holdout(trial(200, 150, 200, 190)).verdict is Verdict.MEASURED_LOSS


@pytest.mark.parametrize(("treated", "held_out"), [(40, 40), (0, 0)])
def test_all_or_none_renewed_shows_no_effect(treated: int, held_out: int) -> None:
    result = measure_holdout(trial(40, treated, 40, held_out))
    assert result.verdict is Verdict.NO_EFFECT_SHOWN
    assert result.lo is not None
    assert result.hi is not None
    assert result.lo < -0.05 < 0.05 < result.hi


@pytest.mark.parametrize("outcome", ["renewal", "arr"])
@pytest.mark.parametrize("rows", [[], [row()], trial(29, 20, 300, 200)])
def test_too_few_accounts_are_refused_without_an_estimate(rows: list[HoldoutRow], outcome: str) -> None:
    result = measure_holdout(rows, outcome=outcome)  # type: ignore[arg-type]
    assert result.verdict is Verdict.CANNOT_BE_SHOWN
    assert "too_few_accounts" in result.reasons
    assert (result.estimate, result.lo, result.hi, result.money, result.grade) == (None, None, None, None, None)


def test_money_is_the_points_times_the_revenue_due_of_the_treated() -> None:
    rows = random_trial(np.random.default_rng(1), treated=300, held_out=300, churn=0.3, fall=0.2)
    result = measure_holdout(rows, outcome="arr")
    due = result.counts.arr_due_treated_cents
    assert result.verdict is Verdict.MEASURED_GAIN
    assert result.estimate is not None
    assert result.money is not None
    assert result.money.est_cents == round(result.estimate * due)
    assert result.money.lo_cents <= (result.lo or 0) * due
    assert result.money.hi_cents >= (result.hi or 0) * due


@pytest.mark.parametrize(("treated", "held_out"), [(40, 40), (0, 0), (40, 0)])
def test_money_that_varies_within_no_arm_cannot_be_shown(treated: int, held_out: int) -> None:
    result = measure_holdout(trial(40, treated, 40, held_out), outcome="arr")
    assert result.verdict is Verdict.CANNOT_BE_SHOWN
    assert result.reasons == ("nothing_varies",)


def test_rounding_to_the_cent_is_no_variation() -> None:
    rows = [
        replace(r, arr_start_cents=101 + n, arr_end_cents=round(0.7 * (101 + n)))
        for n, r in enumerate(trial(40, 40, 40, 40))
    ]
    assert measure_holdout(rows, outcome="arr").reasons == ("nothing_varies",)


def test_accounts_are_compared_as_assigned_whoever_was_contacted() -> None:
    rows = trial(100, 90, 100, 80)
    contacted = [replace(r, contacted=not r.contacted) for r in rows]
    crossed = measure_holdout(contacted)
    assert crossed.estimate == measure_holdout(rows).estimate
    assert crossed.reasons == ("holdout_was_contacted",)
    assert crossed.counts.contamination == 1.0


def test_accounts_that_are_not_due_yet_wait() -> None:
    later = [lost(f"later{n}", HELD_OUT, due_at=date(2026, 1, 1)) for n in range(50)]
    result = measure_holdout(trial(100, 90, 100, 80) + later, as_of=date(2025, 12, 31))
    assert result.counts.held_out == 100
    assert result.counts.not_yet_due == 50
    assert result.estimate == pytest.approx(0.1)


def test_always_worked_accounts_are_not_compared() -> None:
    apart = [row(f"big{n}", ALWAYS_WORKED, arr_start_cents=10**15) for n in range(5)]
    result = measure_holdout(trial(100, 90, 100, 80) + apart)
    assert result.counts.always_worked == 5
    assert result.estimate == pytest.approx(0.1)


def test_one_renewal_of_a_giant_is_no_proof_of_money() -> None:
    rows = trial(100, 90, 100, 60)
    rows[0] = replace(rows[0], arr_start_cents=10**18, arr_end_cents=10**18)
    result = measure_holdout(rows, outcome="arr")
    assert result.verdict is Verdict.CANNOT_BE_SHOWN
    assert {"one_account_dominates", "too_few_effective_accounts"} <= set(result.reasons)


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["renewal", "arr"]))
def test_row_order_does_not_matter(shuffle: object, outcome: str) -> None:
    rows = random_trial(np.random.default_rng(2), treated=40, held_out=40)
    shuffled = list(rows)
    shuffle.shuffle(shuffled)  # type: ignore[attr-defined]
    assert measure_holdout(shuffled, outcome=outcome) == measure_holdout(rows, outcome=outcome)  # type: ignore[arg-type]


def test_equal_amounts_in_many_accounts_are_no_trouble() -> None:
    result = measure_holdout(trial(60, 55, 60, 30), outcome="arr")
    assert result.verdict is Verdict.MEASURED_GAIN
    assert result.estimate == pytest.approx(25 / 60)


@pytest.mark.parametrize("scale", [1, 10**10])
def test_accounts_without_revenue_weigh_nothing_and_size_does_not_matter(scale: int) -> None:
    rows = [
        replace(r, arr_start_cents=r.arr_start_cents * scale, arr_end_cents=(r.arr_end_cents or 0) * scale)
        for r in random_trial(np.random.default_rng(6), treated=80, held_out=80)
    ]
    free = [row(f"free{n}", arr_start_cents=0, arr_end_cents=0) for n in range(20)]
    with_free, without = measure_holdout(rows + free, outcome="arr"), measure_holdout(rows, outcome="arr")
    assert with_free.estimate == pytest.approx(without.estimate)


@pytest.mark.parametrize(("field", "value"), [("outcome", "nps"), ("expected_share", 0.0), ("expected_share", 50)])
def test_a_wrong_parameter_is_named(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{field} is .*give"):
        measure_holdout([row()], **{field: value})  # type: ignore[arg-type]
