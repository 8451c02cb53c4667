"""What must hold before a comparison may be read: counts of everything, and the reasons to refuse."""

from __future__ import annotations

from math import sqrt

import numpy as np

from reports.impact.engine.money import effective_accounts
from reports.impact.engine.result import Counts
from reports.impact.engine.rows import Flags, Outcome, Table

FEWEST_ACCOUNTS = 30
FEWEST_AT_A_LOOK = 20
FEWEST_CHURNS = 10
FEWEST_EFFECTIVE_ACCOUNTS = 10
LARGEST_ACCOUNT_SHARE = 0.25
SPLIT_P_VALUE = 0.001
MISSING_GAP = 0.05
MISSING_GAP_ERRORS = 2.58
CONTACTED_SHARE = 0.20


def known(table: Table, outcome: Outcome, within: Flags | None = None) -> Flags:
    """Accounts that are due and whose outcome is known; for revenue the amount kept must be known too."""
    flags = ~np.isnan(table.renewed) & ~table.not_yet_due
    if outcome == "arr":
        flags &= ~np.isnan(table.end)
    return flags if within is None else flags & within


def count(table: Table, outcome: Outcome, within: Flags | None = None) -> Counts:
    """Counts over the drawn accounts (those `within`, when given)."""
    scope = np.ones(len(table.treated), dtype=bool) if within is None else within
    due = scope & ~table.not_yet_due
    seen = known(table, outcome, scope)
    arms = (table.treated, table.held_out)
    due_cents = [float(table.start[seen & arm].sum()) for arm in arms]
    kept_cents = [float(np.nan_to_num(table.end[seen & arm]).sum()) for arm in arms]
    contact = table.contacted[scope & table.held_out]
    return Counts(
        assigned_treated=_size(scope & table.treated),
        assigned_held_out=_size(scope & table.held_out),
        treated=_size(seen & table.treated),
        held_out=_size(seen & table.held_out),
        renewed_treated=_size(seen & table.treated & (table.renewed == 1)),
        renewed_held_out=_size(seen & table.held_out & (table.renewed == 1)),
        missing_treated=_size(due & ~seen & table.treated),
        missing_held_out=_size(due & ~seen & table.held_out),
        held_out_contacted=_size(contact == 1),
        held_out_contact_known=_size(~np.isnan(contact)),
        arr_due_treated_cents=round(due_cents[0]),
        arr_due_held_out_cents=round(due_cents[1]),
        arr_kept_treated_cents=round(kept_cents[0]),
        arr_kept_held_out_cents=round(kept_cents[1]),
        effective_treated=effective_accounts(table.start[seen & table.treated]),
        effective_held_out=effective_accounts(table.start[seen & table.held_out]),
        largest_share_treated=_largest_share(table, seen & table.treated),
        largest_share_held_out=_largest_share(table, seen & table.held_out),
        kept_share_varies=any(_varies(table, seen & arm) for arm in arms),
        negative_arr=_size(seen & ((table.start < 0) | (table.end < 0))),
        duplicates=_size(scope & table.duplicate),
        assigned_late=_size(scope & table.late),
        undated=_size(scope & table.undated),
        always_worked=table.always_worked,
        not_yet_due=_size(scope & table.not_yet_due),
    )


def broken_draw(counts: Counts, *, expected_share: float | None) -> list[str]:
    """Reasons why the draw itself cannot be trusted, whatever came of it.

    `expected_share` is the planned share of the treated among the drawn; None leaves the split untested.
    """
    reasons = []
    if counts.duplicates:
        reasons.append("duplicate_account")
    if counts.assigned_late:
        reasons.append("assigned_after_outcome")
    if counts.undated:
        reasons.append("assignment_date_unknown")
    if expected_share is not None and split_p_value(counts, expected_share) < SPLIT_P_VALUE:
        reasons.append("sample_ratio_mismatch")
    return reasons


def missing_outcomes(counts: Counts) -> list[str]:
    """A reason when the arms miss outcomes to a different degree: over 5 points, or over 2.58 standard errors."""
    due_1 = counts.treated + counts.missing_treated
    due_0 = counts.held_out + counts.missing_held_out
    if not due_1 or not due_0:
        return []
    gap = abs(counts.missing_treated / due_1 - counts.missing_held_out / due_0)
    overall = (counts.missing_treated + counts.missing_held_out) / (due_1 + due_0)
    error = sqrt(overall * (1 - overall) * (1 / due_1 + 1 / due_0))
    differs = gap > MISSING_GAP or (error > 0 and gap > MISSING_GAP_ERRORS * error)
    return ["differential_missing_outcomes"] if differs else []


def too_small_for_rate(counts: Counts) -> list[str]:
    """Reasons why a renewal-rate difference cannot be read from so few accounts."""
    return ["too_few_accounts"] if min(counts.treated, counts.held_out) < FEWEST_ACCOUNTS else []


def too_early(counts: Counts) -> list[str]:
    """A reason while a running trial has too few outcomes for a verdict: 20 in each arm and 10 lost."""
    enough = min(counts.treated, counts.held_out) >= FEWEST_AT_A_LOOK and counts.churned >= FEWEST_CHURNS
    return [] if enough else ["too_few_churns"]


def too_uneven_for_money(counts: Counts) -> list[str]:
    """Reasons why revenue cannot be compared: a handful of accounts would decide it."""
    if min(counts.arr_due_treated_cents, counts.arr_due_held_out_cents) <= 0:
        return ["no_arr_due"]
    reasons = []
    if counts.negative_arr:
        reasons.append("negative_arr")
    if min(counts.effective_treated, counts.effective_held_out) < FEWEST_EFFECTIVE_ACCOUNTS:
        reasons.append("too_few_effective_accounts")
    if counts.largest_share > LARGEST_ACCOUNT_SHARE:
        reasons.append("one_account_dominates")
    if not counts.kept_share_varies:
        reasons.append("nothing_varies")
    return reasons


def warnings(counts: Counts) -> list[str]:
    """What has to be said beside the answer without stopping it."""
    contamination = counts.contamination
    return ["holdout_was_contacted"] if contamination is not None and contamination > CONTACTED_SHARE else []


def split_p_value(counts: Counts, expected_share: float) -> float:
    """Exact two-sided binomial p-value of the split between the arms (sample ratio mismatch)."""
    from scipy.stats import binomtest  # takes seconds to import, and every page's process would wait for it

    drawn = counts.assigned_treated + counts.assigned_held_out
    if drawn == 0:
        return 1.0
    return float(binomtest(counts.assigned_treated, drawn, expected_share).pvalue)


def _size(flags: Flags) -> int:
    return int(np.count_nonzero(flags))


def _largest_share(table: Table, flags: Flags) -> float:
    start = table.start[flags]
    total = float(start.sum())
    return float(start.max()) / total if total > 0 else 0.0


def _varies(table: Table, flags: Flags) -> bool:
    """Whether some account kept a share of its revenue that is not, to the cent, the share of all of its arm."""
    flags = flags & ~np.isnan(table.end)
    start, end = table.start[flags], table.end[flags]
    total = float(start.sum())
    return total > 0 and bool((np.abs(end - end.sum() / total * start) > 1.0).any())
