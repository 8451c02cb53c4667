"""What stops a comparison: each check bites where it should, and not before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from reports.impact.engine import checks
from reports.impact.engine.result import Counts
from reports.impact.engine.rows import HELD_OUT, TREATED, HoldoutRow, tabulate
from tests.reports.impact.engine.make import DUE, arm_rows, row, trial


def counted(rows: list[HoldoutRow]) -> Counts:
    return checks.count(tabulate(rows), "renewal")


def test_a_clean_trial_passes() -> None:
    counts = counted(trial(50, 40, 50, 35))
    assert checks.broken_draw(counts, expected_share=0.5) == []
    assert checks.missing_outcomes(counts) == []
    assert checks.too_small_for_rate(counts) == []
    assert checks.warnings(counts) == []


def test_the_split_is_tested_against_the_plan_only() -> None:
    counts = counted(trial(200, 150, 50, 40))
    assert "sample_ratio_mismatch" in checks.broken_draw(counts, expected_share=0.5)
    assert checks.broken_draw(counts, expected_share=0.8) == []
    assert checks.broken_draw(counts, expected_share=None) == []


@pytest.mark.parametrize(("treated", "mismatch"), [(132, False), (133, True)])
def test_the_split_is_refused_from_one_in_a_thousand_on(treated: int, mismatch: bool) -> None:
    counts = counted(trial(treated, 0, 200 - treated - 15, 0))
    assert (checks.split_p_value(counts, 0.5) < 0.001) is (treated >= 117)
    even = replace(counts, assigned_treated=123 + mismatch, assigned_held_out=77 - mismatch)
    assert ("sample_ratio_mismatch" in checks.broken_draw(even, expected_share=0.5)) is mismatch


@pytest.mark.parametrize(
    ("assigned_at", "late"),
    [
        (date(2025, 6, 29), False),
        (DUE, True),
        (datetime(2025, 6, 30, 9, tzinfo=UTC), True),
        (datetime(2025, 6, 29, 23, 59, tzinfo=UTC), False),
    ],
)
def test_an_arm_given_on_the_due_day_is_too_late(assigned_at: date, late: bool) -> None:
    counts = counted([row(assigned_at=assigned_at)])
    assert ("assigned_after_outcome" in checks.broken_draw(counts, expected_share=None)) is late


def test_without_dates_nobody_can_tell_which_came_first() -> None:
    counts = counted([row(due_at=None)])
    assert checks.broken_draw(counts, expected_share=None) == ["assignment_date_unknown"]


def test_the_same_account_twice_is_one_row_too_many() -> None:
    assert counted([row(), row(arm=HELD_OUT), row("b")]).duplicates == 1


@pytest.mark.parametrize(
    ("missing_treated", "missing_held_out", "differs"),
    [(0, 0, False), (5, 5, False), (10, 0, False), (11, 0, True), (0, 11, True)],
)
def test_missing_outcomes_may_differ_by_five_points(missing_treated: int, missing_held_out: int, differs: bool) -> None:
    rows = arm_rows(TREATED, 200 - missing_treated, 150) + arm_rows(HELD_OUT, 200 - missing_held_out, 150)
    rows += [row(f"t{n}", TREATED, renewed=None) for n in range(missing_treated)]
    rows += [row(f"h{n}", HELD_OUT, renewed=None) for n in range(missing_held_out)]
    # Ten of 200 are 5 points exactly, but 3.2 standard errors.
    expected = differs or (missing_treated, missing_held_out) == (10, 0)
    assert bool(checks.missing_outcomes(counted(rows))) is expected


def test_contact_is_counted_where_it_was_recorded() -> None:
    rows = [row(f"h{n}", HELD_OUT, contacted=contacted) for n, contacted in enumerate([True, False, False, None])]
    assert counted(rows).contamination == pytest.approx(1 / 3)
    assert checks.warnings(counted(rows)) == ["holdout_was_contacted"]
    assert counted([row("h", HELD_OUT, contacted=None)]).contamination is None
    assert checks.warnings(counted([row("h", HELD_OUT, contacted=None)])) == []


def test_money_is_refused_when_one_account_decides() -> None:
    rows = trial(40, 30, 40, 30)
    rows[0] = replace(rows[0], arr_start_cents=14_000_000)
    reasons = checks.too_uneven_for_money(checks.count(tabulate(rows), "arr"))
    assert reasons == ["one_account_dominates"]


def test_money_is_refused_without_revenue_or_with_negative_revenue() -> None:
    nothing = [replace(r, arr_start_cents=0, arr_end_cents=0) for r in trial(40, 30, 40, 30)]
    assert checks.too_uneven_for_money(checks.count(tabulate(nothing), "arr")) == ["no_arr_due"]
    rows = trial(40, 30, 40, 30)
    rows[0] = replace(rows[0], arr_end_cents=-1)
    assert "negative_arr" in checks.too_uneven_for_money(checks.count(tabulate(rows), "arr"))


def test_no_rows_at_all_are_counted_as_none() -> None:
    counts = counted([])
    assert counts.treated == counts.held_out == counts.churned == 0
    assert counts.contamination is None
    assert checks.too_small_for_rate(counts) == ["too_few_accounts"]
