"""Reading a running trial: early weeks wait, a claim stands, and looking often costs nothing."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

import numpy as np
import pytest

from reports.impact.engine import (
    ALWAYS_WORKED,
    HELD_OUT,
    TREATED,
    CalendarWeek,
    HoldoutRow,
    Verdict,
    calendar_of,
    sequential,
)
from reports.impact.engine.result import CLAIMS
from tests.reports.impact.engine.make import lost, random_trial, row, trial


def year(rows: list[HoldoutRow]) -> list[CalendarWeek]:
    return calendar_of([r.due_week or 0 for r in rows], last_week=52)


def mixed(total: int, churn_treated: float, churn_held_out: float, seed: int = 1) -> list[HoldoutRow]:
    """Accounts in both arms whose outcomes are spread evenly over the year."""
    rng = np.random.default_rng(seed)
    return [
        (lost if rng.random() < churn else row)(f"{arm}{n}", arm, due_week=n % 52 + 1)
        for arm, churn in ((TREATED, churn_treated), (HELD_OUT, churn_held_out))
        for n in range(total // 2)
    ]


def test_the_calendar_counts_what_is_due_so_far() -> None:
    assert [week.due for week in calendar_of([1, 1, 3], last_week=4)] == [2, 2, 3, 3]


def test_early_weeks_are_too_early_and_hold_no_interval() -> None:
    rows = mixed(400, 0.1, 0.3)
    first = sequential(rows, year(rows)).looks[0]
    assert first.verdict is Verdict.TOO_EARLY
    assert (first.estimate, first.lo, first.hi) == (None, None, None)


def test_a_claim_once_made_stands() -> None:
    rows = mixed(400, 0.05, 0.35)
    reading = sequential(rows, year(rows))
    assert reading.decided_week is not None
    assert reading.decided_week < 40
    after = [look for look in reading.looks if look.week >= reading.decided_week]
    assert {look.verdict for look in after} == {Verdict.MEASURED_GAIN}
    assert {look.estimate for look in after} == {after[0].estimate}
    assert {look.verdict for look in reading.looks[: reading.decided_week - 1]} <= {Verdict.TOO_EARLY, Verdict.NOT_YET}


def test_a_loss_is_found_too() -> None:
    rows = mixed(400, 0.35, 0.05)
    assert sequential(rows, year(rows)).verdict is Verdict.MEASURED_LOSS


def test_a_year_without_effect_ends_with_no_effect_shown() -> None:
    rows = mixed(400, 0.2, 0.2, seed=7)
    reading = sequential(rows, year(rows))
    assert reading.verdict is Verdict.NO_EFFECT_SHOWN
    assert reading.decided_week is None
    assert reading.looks[-1].lo is not None


def test_the_verdict_and_the_interval_always_agree() -> None:
    rows = mixed(400, 0.12, 0.25)
    for look in sequential(rows, year(rows)).looks:
        if look.lo is not None and look.hi is not None:
            assert (look.verdict in CLAIMS) is not (look.lo <= 0 <= look.hi)


def test_below_200_accounts_decisions_are_monthly() -> None:
    rows = mixed(120, 0.2, 0.3)
    bounds = [look.bound for look in sequential(rows, year(rows)).looks]
    assert sum(bound is not None and isfinite(bound) for bound in bounds) <= 12


def test_money_is_decided_at_most_four_times() -> None:
    rows = random_trial(np.random.default_rng(3), treated=200, held_out=200, churn=0.25)
    bounds = [look.bound for look in sequential(rows, year(rows), outcome="arr").looks]
    assert 1 <= sum(bound is not None for bound in bounds) <= 4


def test_a_trial_that_ends_with_too_few_losses_cannot_be_shown() -> None:
    rows = trial(100, 98, 100, 97)
    reading = sequential(rows, year(rows))
    assert reading.verdict is Verdict.CANNOT_BE_SHOWN
    assert "too_few_churns" in reading.looks[-1].reasons
    assert reading.cfo_lines[1].startswith("Cannot be shown: ")


def test_a_broken_draw_is_refused_in_every_week() -> None:
    rows = mixed(400, 0.1, 0.3)
    reading = sequential([*rows, rows[0]], year(rows))
    assert {look.verdict for look in reading.looks} == {Verdict.CANNOT_BE_SHOWN}


def test_the_year_so_far_says_what_the_whole_year_says_of_these_weeks() -> None:
    rows = mixed(400, 0.15, 0.25)
    whole = sequential(rows, year(rows)).looks[:30]
    known = [replace(r, renewed=None, arr_end_cents=None) if (r.due_week or 0) > 30 else r for r in rows]
    so_far = sequential(known, year(rows), through_week=30).looks
    assert [(look.week, look.verdict, look.lo) for look in so_far] == [
        (look.week, look.verdict, look.lo) for look in whole
    ]


def test_waiting_names_no_estimate() -> None:
    rows = mixed(400, 0.2, 0.2, seed=7)
    reading = sequential(rows, year(rows), through_week=30)
    assert reading.verdict is Verdict.NOT_YET
    assert reading.cfo_lines[0] == "We drew lots among 400 accounts: 200 worked, 200 not."
    assert reading.cfo_lines[1].startswith("Not yet: after week 30, ")


def test_weekly_reading_finds_nothing_where_nothing_is() -> None:
    claims = 0
    for number in range(300):
        rows = mixed(400, 0.25, 0.25, seed=1000 + number)
        claims += sequential(rows, year(rows)).decided_week is not None
    assert claims / 300 <= 0.08


def test_row_order_does_not_matter() -> None:
    rows = mixed(200, 0.2, 0.3)
    assert sequential(rows, year(rows)) == sequential(rows[::-1], year(rows))


@pytest.mark.parametrize(
    "calendar",
    [[], [CalendarWeek(1, 0)], [CalendarWeek(1, 5), CalendarWeek(2, 4)], [CalendarWeek(2, 1), CalendarWeek(1, 2)]],
)
def test_a_calendar_that_is_none_is_refused(calendar: list[CalendarWeek]) -> None:
    with pytest.raises(ValueError, match="calendar"):
        sequential([row()], calendar)


def test_a_row_without_a_week_is_named_unless_it_is_not_compared() -> None:
    with pytest.raises(ValueError, match="northwind.*due_week"):
        sequential([row(due_week=None)], [CalendarWeek(1, 1)])
    apart = row("big", ALWAYS_WORKED, due_week=None)
    assert sequential([row(), apart], [CalendarWeek(1, 1)]).verdict is Verdict.CANNOT_BE_SHOWN


def test_a_week_before_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="through_week"):
        sequential([row()], [CalendarWeek(5, 1)], through_week=4)
