"""Measure a trial with a hold-out: refuse what cannot be trusted, otherwise the effect with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from math import isfinite

from reports.impact.engine import checks, sentences
from reports.impact.engine.money import kept_difference
from reports.impact.engine.rate import newcombe
from reports.impact.engine.result import Counts, Grade, Result, Verdict, money_of, verdict_of
from reports.impact.engine.rows import HoldoutRow, Outcome, Run, Table, identify, tabulate

METHODS = {
    "renewal": "difference of renewal rates, as assigned; Newcombe hybrid score interval, 95%",
    "arr": (
        "difference of revenue kept per revenue due, as assigned; 95% interval, "
        "the wider of jackknife and permutation-calibrated (999 redraws)"
    ),
}


def measure_holdout(
    rows: Sequence[HoldoutRow],
    *,
    outcome: Outcome = "renewal",
    expected_share: float | None = None,
    as_of: date | datetime | None = None,
    currency: str = "",
) -> Result:
    """The effect of being assigned to be worked, read once, when the trial is over.

    `outcome` "renewal": renewal rate of the treated minus that of the held out, in shares (0.05 = 5 points).
    `outcome` "arr": sum(arr_end)/sum(arr_start) of the treated minus the same of the held out; `money` is that
    difference times the revenue due of the treated. `expected_share` is the planned share of the treated among
    the drawn (None: the split is not tested). With `as_of`, accounts due later are left out and counted.
    `currency` only appears in the sentences. Accounts are compared as assigned, whoever was contacted.

    Raises ValueError for a value that is not one (the message names account, field and remedy). A comparison
    that cannot be trusted is no error: its verdict is CANNOT_BE_SHOWN, without an estimate.
    A trial that is still running is for `sequential`: looking at this every week finds effects that are none.
    """
    check_parameters(outcome, expected_share)
    params = {"outcome": outcome, "expected_share": expected_share, "as_of": as_of, "currency": currency}
    ordered, run = identify(rows, params)
    table = tabulate(ordered, as_of=as_of)
    counts = checks.count(table, outcome)
    refusals = [
        *checks.broken_draw(counts, expected_share=expected_share),
        *checks.missing_outcomes(counts),
        *checks.too_small_for_rate(counts),
        *(checks.too_uneven_for_money(counts) if outcome == "arr" else ()),
    ]
    effect = None if refusals else _effect(table, counts, outcome, run)
    if effect is None:
        refusals = refusals or ["too_few_effective_accounts"]
    return _result(effect, refusals, counts, outcome, run, split_tested=expected_share is not None, currency=currency)


def check_parameters(outcome: str, expected_share: float | None) -> None:
    """Raises ValueError, naming the parameter and the remedy."""
    if outcome not in METHODS:
        raise ValueError(f"outcome is {outcome!r}; give 'renewal' or 'arr'.")
    if expected_share is not None and not 0 < expected_share < 1:
        raise ValueError(f"expected_share is {expected_share}; give the planned share of the treated, between 0 and 1.")


def _effect(table: Table, counts: Counts, outcome: Outcome, run: Run) -> tuple[float, float, float] | None:
    """Estimate, lo and hi; None when redrawing the arms shows that revenue is too uneven for any interval."""
    if outcome == "renewal":
        return newcombe(counts.renewed_treated, counts.treated, counts.renewed_held_out, counts.held_out)
    seen = checks.known(table, outcome)
    kept = kept_difference(table.start[seen], table.end[seen], table.treated[seen], seed=run.seed_number)
    lo, hi = kept.interval()
    return (kept.estimate, lo, hi) if isfinite(lo) else None


def _result(
    effect: tuple[float, float, float] | None,
    refusals: Sequence[str],
    counts: Counts,
    outcome: Outcome,
    run: Run,
    *,
    split_tested: bool,
    currency: str,
) -> Result:
    reasons = (*(refusals if effect is None else ()), *checks.warnings(counts))
    estimate, lo, hi = effect or (None, None, None)
    return Result(
        verdict=verdict_of(*effect[1:]) if effect else Verdict.CANNOT_BE_SHOWN,
        grade=Grade.A if effect else None,
        estimate=estimate,
        lo=lo,
        hi=hi,
        reasons=reasons,
        counts=counts,
        money=money_of(counts, *effect) if effect and outcome == "arr" else None,
        method=METHODS[outcome],
        seed=run.seed,
        data_hash=run.data_hash,
        cfo_lines=(
            sentences.draw_line(counts),
            sentences.effect_line(counts, effect, outcome, currency)
            if effect
            else sentences.refusal_line(refusals, counts),
            sentences.checks_line(counts, split_tested=split_tested, reasons=reasons),
            sentences.repeat_line(run.data_hash),
        ),
    )
