"""Read a running trial every week without fooling oneself: the renewal calendar says how much may be claimed when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

import numpy as np

from reports.impact.engine import checks, sentences
from reports.impact.engine.bounds import critical_values
from reports.impact.engine.holdout import check_parameters
from reports.impact.engine.money import kept_difference
from reports.impact.engine.rate import newcombe
from reports.impact.engine.result import CLAIMS, Counts, Look, Reading, Verdict, verdict_of
from reports.impact.engine.rows import ALWAYS_WORKED, Flags, HoldoutRow, Outcome, Run, Table, identify, tabulate

METHOD = (
    "group-sequential over the planned renewal calendar, Lan-DeMets bounds of O'Brien-Fleming type, "
    "false claims over all looks at most 5%; "
)
METHODS = {
    "renewal": METHOD + "renewal rates, Newcombe interval at each look's critical value",
    "arr": METHOD + "revenue kept per revenue due, calibrated jackknife, at most 4 looks",
}
MONTHLY_BELOW = 200
MONEY_LOOKS = 4

_Effect = tuple[float | None, float | None, float | None]
NO_EFFECT: _Effect = (None, None, None)


@dataclass(frozen=True, slots=True)
class CalendarWeek:
    """How many of the drawn accounts' renewals are planned to be due by the end of this week, from the start on."""

    week: int
    due: int


@dataclass(frozen=True, slots=True)
class _Trial:
    table: Table
    drawn: Counts
    outcome: Outcome
    run: Run
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Moment:
    """A week of the plan. An infinite bound decides nothing; the last one completes the planned information."""

    week: int
    bound: float
    is_last: bool


def sequential(
    rows: Sequence[HoldoutRow],
    calendar: Sequence[CalendarWeek],
    *,
    outcome: Outcome = "renewal",
    expected_share: float | None = None,
    through_week: int | None = None,
    currency: str = "",
) -> Reading:
    """One answer for each week of the calendar, up to `through_week` (None: all of it).

    The calendar is fixed when the trial is registered. A row counts in its `due_week`. Weeks before 20 accounts
    in each arm and 10 lost are TOO_EARLY; later ones NOT_YET until a bound is crossed, and the claim then stands.
    Decisions fall weekly, monthly below 200 planned renewals, and at most 4 times for money.
    Intervals of all looks hold together at 95% (repeated confidence intervals; Jennison & Turnbull, JRSS B 51
    (1989) 305-361). Raises ValueError for a row without `due_week` or a calendar that falls.
    """
    check_parameters(outcome, expected_share)
    _check_calendar(rows, calendar)
    params = {"outcome": outcome, "expected_share": expected_share, "through_week": through_week, "currency": currency}
    ordered, run = identify(rows, {**params, "calendar": [(week.week, week.due) for week in calendar]})
    table = tabulate(ordered)
    drawn = checks.count(table, outcome)
    trial = _Trial(table, drawn, outcome, run, tuple(checks.broken_draw(drawn, expected_share=expected_share)))
    plan = [moment for moment in _plan(calendar, outcome) if through_week is None or moment.week <= through_week]
    return _reading(trial, _looks(trial, plan), calendar, split_tested=expected_share is not None, currency=currency)


def calendar_of(due_weeks: Sequence[int], *, last_week: int) -> list[CalendarWeek]:
    """The calendar of planned renewals, from the week of each drawn account; weeks run from 1 to `last_week`."""
    by_week = np.bincount(np.asarray(due_weeks, dtype=int), minlength=last_week + 1)
    return [CalendarWeek(week, int(due)) for week, due in enumerate(np.cumsum(by_week)[: last_week + 1]) if week]


def _check_calendar(rows: Sequence[HoldoutRow], calendar: Sequence[CalendarWeek]) -> None:
    for row in rows:
        if row.due_week is None and row.arm != ALWAYS_WORKED:
            raise ValueError(
                f"Account {row.account_id!r}: due_week is missing; give the week its renewal falls due in."
            )
    weeks = [week.week for week in calendar]
    dues = [week.due for week in calendar]
    if not calendar or weeks != sorted(set(weeks)) or dues != sorted(dues) or dues[0] < 0 or dues[-1] < 1:
        raise ValueError("calendar has to list rising weeks with the renewals due so far, ending above 0.")


def _plan(calendar: Sequence[CalendarWeek], outcome: Outcome) -> list[_Moment]:
    """Every week with its critical value."""
    planned = calendar[-1].due
    decisive: dict[int, float] = {}
    part_before = 0
    for entry in calendar:
        part = _part(entry, planned, outcome)
        if part > part_before or entry.due == planned:
            decisive[entry.week] = entry.due / planned
        part_before = max(part, part_before)
        if entry.due == planned:
            break
    values = dict(zip(decisive, critical_values(tuple(decisive.values())), strict=True))
    last = max(decisive)
    return [_Moment(entry.week, values.get(entry.week, inf), entry.week == last) for entry in calendar]


def _part(entry: CalendarWeek, planned: int, outcome: Outcome) -> int:
    """Number of the part of the trial that this week ends; a decision falls where it rises."""
    if outcome == "arr":
        return MONEY_LOOKS * entry.due // planned
    return entry.week * 12 // 52 if planned < MONTHLY_BELOW else entry.week


def _looks(trial: _Trial, plan: Sequence[_Moment]) -> list[Look]:
    """A look for each week. From a claim on, or the end of the plan, the answer stands."""
    looks: list[Look] = []
    settled: Look | None = None
    for moment in plan:
        within = trial.table.due_week <= moment.week
        counts = checks.count(trial.table, trial.outcome, within)
        if settled is not None:
            looks.append(replace(settled, week=moment.week, counts=counts))
            continue
        look = _look(trial, moment, within, counts)
        settled = look if moment.is_last or look.verdict in CLAIMS else None
        looks.append(look)
    return looks


def _look(trial: _Trial, moment: _Moment, within: Flags, counts: Counts) -> Look:
    def answer(verdict: Verdict, *reasons: str, effect: _Effect = NO_EFFECT, bound: float | None = None) -> Look:
        return Look(moment.week, verdict, *effect, bound, (*reasons, *checks.warnings(counts)), counts)

    early = checks.too_early(counts) + (checks.too_uneven_for_money(counts) if trial.outcome == "arr" else [])
    refusals = [*trial.broken, *([] if early else checks.missing_outcomes(counts))]
    if moment.is_last:
        refusals += [*checks.too_small_for_rate(counts), *early]
    if refusals:
        return answer(Verdict.CANNOT_BE_SHOWN, *refusals)
    if early:
        return answer(Verdict.TOO_EARLY, *early)
    if not isfinite(moment.bound):
        return answer(Verdict.NOT_YET, effect=(_difference(counts, trial.outcome), None, None))
    estimate, lo, hi = _effect(trial, within, counts, moment.bound)
    if not isfinite(lo):
        uneven = Verdict.CANNOT_BE_SHOWN if moment.is_last else Verdict.TOO_EARLY
        return answer(uneven, "too_few_effective_accounts")
    verdict = verdict_of(lo, hi)
    if verdict is Verdict.NO_EFFECT_SHOWN and not moment.is_last:
        verdict = Verdict.NOT_YET
    return answer(verdict, effect=(estimate, lo, hi), bound=moment.bound)


def _difference(counts: Counts, outcome: Outcome) -> float:
    """The running difference between the arms, without an interval."""
    if outcome == "renewal":
        return counts.renewed_treated / counts.treated - counts.renewed_held_out / counts.held_out
    treated = counts.arr_kept_treated_cents / counts.arr_due_treated_cents
    return treated - counts.arr_kept_held_out_cents / counts.arr_due_held_out_cents


def _effect(trial: _Trial, within: Flags, counts: Counts, bound: float) -> tuple[float, float, float]:
    """Estimate, lo and hi at this look's critical value."""
    if trial.outcome == "renewal":
        return newcombe(counts.renewed_treated, counts.treated, counts.renewed_held_out, counts.held_out, bound)
    table = trial.table
    seen = checks.known(table, trial.outcome, within)
    kept = kept_difference(table.start[seen], table.end[seen], table.treated[seen], seed=trial.run.seed_number)
    return kept.estimate, *kept.interval(bound)


def _reading(
    trial: _Trial, looks: Sequence[Look], calendar: Sequence[CalendarWeek], *, split_tested: bool, currency: str
) -> Reading:
    if not looks:
        raise ValueError(f"through_week lies before week {calendar[0].week}, the first of the calendar.")
    last = looks[-1]
    decided = next((look.week for look in looks if look.verdict in CLAIMS), None)
    return Reading(
        verdict=last.verdict,
        decided_week=decided,
        looks=tuple(looks),
        method=METHODS[trial.outcome],
        seed=trial.run.seed,
        data_hash=trial.run.data_hash,
        cfo_lines=(
            sentences.draw_line(trial.drawn),
            _found(next((look for look in looks if look.week == decided), last), calendar, trial.outcome, currency),
            sentences.checks_line(last.counts, split_tested=split_tested, reasons=last.reasons),
            sentences.repeat_line(trial.run.data_hash),
        ),
    )


def _found(look: Look, calendar: Sequence[CalendarWeek], outcome: Outcome, currency: str) -> str:
    """The finding in one sentence; no estimate before there is a verdict."""
    planned, due = calendar[-1].due, next(week.due for week in calendar if week.week == look.week)
    if look.verdict is Verdict.CANNOT_BE_SHOWN:
        return sentences.refusal_line([reason for reason in look.reasons if reason != sentences.WARNING], look.counts)
    if look.verdict is Verdict.NOT_YET or look.estimate is None or look.lo is None or look.hi is None:
        return sentences.waiting_line(look.week, due, planned, look.counts)
    return sentences.effect_line(look.counts, (look.estimate, look.lo, look.hi), outcome, currency)
