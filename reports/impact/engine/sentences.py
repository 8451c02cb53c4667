"""The sentences that a CFO reads: what was done, what was found, what was checked, how to repeat it."""

from __future__ import annotations

from collections.abc import Sequence

from reports.impact.engine.reasons import MONEY_ONLY, in_words, percent, remedy
from reports.impact.engine.result import Counts, Money, Result, Verdict, money_of, verdict_of
from reports.impact.engine.rows import Outcome

WARNING = "holdout_was_contacted"
# Thousands are written out up to ten thousand.
SCALES = ((1e9, 1e9, "B"), (1e6, 1e6, "M"), (1e4, 1e3, "K"))


def refusal_line(reasons: Sequence[str], counts: Counts) -> str:
    """The one headline of a refusal. It holds no estimate."""
    why = "; ".join(in_words(reason, counts) for reason in reasons)
    cure = "; ".join(dict.fromkeys(remedy(reason, counts) for reason in reasons))
    line = f"Cannot be shown: {why}. What we know: {what_we_know(counts)}. What would show it: {cure}."
    return f"{line} The renewal rate can still be read." if MONEY_ONLY.issuperset(reasons) else line


def what_we_know(counts: Counts) -> str:
    """The bare counts, without a comparison."""
    return (
        f"{counts.assigned_treated:,} worked and {counts.assigned_held_out:,} held-out accounts, "
        f"{counts.treated + counts.held_out:,} with a known outcome, {counts.churned:,} of these lost"
    )


def draw_line(counts: Counts) -> str:
    drawn = counts.assigned_treated + counts.assigned_held_out
    line = (
        f"We drew lots among {drawn:,} accounts: {counts.assigned_treated:,} worked, {counts.assigned_held_out:,} not."
    )
    if counts.always_worked:
        line += f" {counts.always_worked:,} more were set apart before the draw as always worked."
    if counts.not_yet_due:
        line += f" {counts.not_yet_due:,} are not due yet and not counted."
    return line


def effect_line(counts: Counts, effect: tuple[float, float, float], outcome: Outcome, currency: str) -> str:
    """The finding, from estimate, lo and hi, as renewals or as money."""
    verdict = verdict_of(*effect[1:])
    if outcome == "arr":
        return money_line(counts, money_of(counts, *effect), effect[0], verdict, currency)
    return rate_line(counts, effect, verdict)


def rate_line(counts: Counts, effect: tuple[float, float, float], verdict: Verdict) -> str:
    estimate, lo, hi = effect
    treated = percent(counts.renewed_treated / counts.treated)
    held_out = percent(counts.renewed_held_out / counts.held_out)
    found = (
        f"{treated} of the worked renewed, {held_out} of the others: {_points(estimate)} points "
        f"(95% sure between {_points(lo)} and {_points(hi)})"
    )
    return found + _reading(verdict)


def waiting_line(week: int, due: int, planned: int, counts: Counts) -> str:
    """A running trial without a verdict. It holds no estimate."""
    return (
        f"Not yet: after week {week}, {due:,} of {planned:,} planned renewals are due and "
        f"{counts.churned:,} accounts are lost; no claim can be made. Reading on costs nothing: "
        "false claims over all weeks stay at 5%."
    )


def money_line(counts: Counts, money: Money, estimate: float, verdict: Verdict, currency: str) -> str:
    due = amount(counts.arr_due_treated_cents, currency)
    if verdict is Verdict.MEASURED_GAIN:
        return (
            f"In money: {100 * estimate:.0f} of every 100 due kept that would have gone, "
            f"{amount(money.est_cents, currency)} of {due}; we book only the lower bound, {amount(money.lo_cents, currency)}."
        )
    between = f"between {amount(money.lo_cents, currency)} and {amount(money.hi_cents, currency)}"
    return f"In money: of {due} due, the difference lies {between} (95% sure){_reading(verdict)} We book nothing."


def checks_line(counts: Counts, *, split_tested: bool, reasons: Sequence[str] = ()) -> str:
    """What was checked. A split that failed its test is not said to be as planned."""
    split = "split not as planned" if "sample_ratio_mismatch" in reasons else "split as planned"
    missing = counts.missing_treated + counts.missing_held_out
    contamination = counts.contamination
    parts = (
        split if split_tested else "split not tested (no planned share given)",
        f"outcomes missing: {missing:,}" if missing else "no outcomes missing",
        "contact of the hold-out not recorded"
        if contamination is None
        else f"{percent(contamination)} of the hold-out contacted",
        f"largest account {percent(counts.largest_share)} of its arm",
    )
    note = f" Note: {in_words(WARNING, counts)}." if WARNING in reasons else ""
    return f"Checks: {', '.join(parts)}.{note}"


def repeat_line(data_hash: str) -> str:
    return f"Repeat it: run {data_hash[:8]}, seed and table in the appendix."


def ledger_clause(claimed_cents: int, admitted_cents: int, bookable_cents: int, currency: str = "") -> str:
    """The closing sentence where a ledger stands beside a measurement."""
    return (
        f"The ledger claimed {amount(claimed_cents, currency)}, we admit {amount(admitted_cents, currency)}, "
        f"we book {amount(bookable_cents, currency)}."
    )


def five_lines(rate: Result, money: Result, *, ledger: str = "") -> tuple[str, ...]:
    """Draw, rate, money, checks and repetition, from the two results of the same rows.

    `ledger` is a `ledger_clause`. A part that was refused stands as its refusal.
    """
    draw, rate_found, checks, _repeat = rate.cfo_lines
    _draw, money_found, _checks, repeat = money.cfo_lines
    return (draw, rate_found, money_found, checks, f"{repeat} {ledger}".strip())


def amount(cents: int, currency: str = "") -> str:
    """Cents for people: whole units below ten thousand, then K, M and B with three digits."""
    units = abs(cents) / 100
    scale, letter = next(((scale, letter) for least, scale, letter in SCALES if units >= least), (1.0, ""))
    scaled = units / scale
    digits = 0 if not letter or scaled >= 100 else 1 if scaled >= 10 else 2
    text = f"{scaled:,.{digits}f}"
    sign = "-" if cents < 0 and units >= 0.5 else ""
    return f"{currency} {sign}{text}{letter}".strip()


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _reading(verdict: Verdict) -> str:
    if verdict is Verdict.NO_EFFECT_SHOWN:
        return ", which chance alone can give: no effect is shown."
    if verdict is Verdict.MEASURED_LOSS:
        return ": the worked did worse."
    return "."
