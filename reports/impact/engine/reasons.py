"""Every reason code in words: why something cannot be shown, and what would show it."""

from __future__ import annotations

from reports.impact.engine.design import required_accounts
from reports.impact.engine.result import Counts

# Templates rather than sentences, so that a page can translate them and fill in `facts(counts)`.
WORDS = {
    "duplicate_account": "some accounts are listed more than once (rows too many: {duplicates})",
    "assigned_after_outcome": (
        "some accounts were given their arm on or after their renewal date, "
        "when the outcome could already be known (accounts: {assigned_late})"
    ),
    "assignment_date_unknown": (
        "some accounts have no assignment date or no renewal date, "
        "so nobody can tell whether the arm came first (accounts: {undated})"
    ),
    "sample_ratio_mismatch": (
        "the split is {assigned_treated} worked to {assigned_held_out} held out; "
        "lots drawn as planned come out this uneven less than once in 1,000 times, so accounts have gone missing"
    ),
    "differential_missing_outcomes": (
        "outcomes are missing for {missing_share_treated} of the worked and {missing_share_held_out} of the held-out "
        "accounts, and those missing may be the ones that left"
    ),
    "too_few_accounts": (
        "only {treated} worked and {held_out} held-out accounts have a known outcome; each arm needs at least 30"
    ),
    "too_few_churns": (
        "with {treated} worked and {held_out} held-out accounts and {churned} lost, chance decides; "
        "a running reading needs 20 accounts in each arm and 10 lost"
    ),
    "too_few_effective_accounts": (
        "revenue is so uneven that the arms weigh only as much as {effective_treated} and {effective_held_out} "
        "equal accounts; each needs at least 10"
    ),
    "one_account_dominates": (
        "one account carries {largest_share} of its arm's revenue; above 25% it alone decides what is said about money"
    ),
    "no_arr_due": "an arm has no revenue due, so there is nothing to divide by",
    "negative_arr": "some accounts have negative revenue (accounts: {negative_arr})",
    "nothing_varies": "within each arm every account kept the same share of its revenue, so chance cannot be measured",
    "holdout_was_contacted": "{contamination} of the hold-out was contacted all the same, which hides part of any effect",
}

REMEDIES = {
    "duplicate_account": "the same table with each account once",
    "assigned_after_outcome": "accounts whose arm was drawn before their renewal date",
    "assignment_date_unknown": "the missing assigned_at and due_at of these accounts",
    "sample_ratio_mismatch": "the outcomes of every account that was drawn",
    "differential_missing_outcomes": "the missing renewed or arr_end of {missing} accounts",
    "too_few_accounts": "at least 30 accounts in each arm with a known outcome{needed}",
    "too_few_churns": "a longer trial or more accounts{needed}",
    "too_few_effective_accounts": "more accounts of similar size",
    "one_account_dominates": "that account set apart as always worked before the next draw",
    "no_arr_due": "the arr_start of the accounts in both arms",
    "negative_arr": "the corrected arr_start and arr_end of these accounts",
    "nothing_varies": "renewals whose outcomes differ",
    "holdout_was_contacted": "a hold-out that is left alone",
}

# Where only these stand in the way, money cannot be shown but the renewal rate may be.
MONEY_ONLY = frozenset(
    {"too_few_effective_accounts", "one_account_dominates", "no_arr_due", "negative_arr", "nothing_varies"}
)


def in_words(reason: str, counts: Counts) -> str:
    """The reason as a clause, with its numbers. Raises KeyError for a code that is not in WORDS."""
    return WORDS[reason].format_map(facts(counts))


def remedy(reason: str, counts: Counts) -> str:
    """What would show it. Raises KeyError for a code that is not in REMEDIES."""
    return REMEDIES[reason].format_map(facts(counts))


def facts(counts: Counts) -> dict[str, str]:
    """The numbers that the templates name, written for people."""
    contamination = counts.contamination
    return {
        "duplicates": f"{counts.duplicates:,}",
        "assigned_late": f"{counts.assigned_late:,}",
        "undated": f"{counts.undated:,}",
        "assigned_treated": f"{counts.assigned_treated:,}",
        "assigned_held_out": f"{counts.assigned_held_out:,}",
        "treated": f"{counts.treated:,}",
        "held_out": f"{counts.held_out:,}",
        "renewed_treated": f"{counts.renewed_treated:,}",
        "renewed_held_out": f"{counts.renewed_held_out:,}",
        "churned": f"{counts.churned:,}",
        "missing": f"{counts.missing_treated + counts.missing_held_out:,}",
        "missing_share_treated": percent(counts.missing_share_treated),
        "missing_share_held_out": percent(counts.missing_share_held_out),
        "effective_treated": f"{counts.effective_treated:.1f}",
        "effective_held_out": f"{counts.effective_held_out:.1f}",
        "largest_share": percent(counts.largest_share),
        "negative_arr": f"{counts.negative_arr:,}",
        "contamination": "an unknown part" if contamination is None else percent(contamination),
        "needed": _needed(counts),
    }


def percent(share: float) -> str:
    """0.045 as 4.5%, 0.45 as 45%."""
    text = f"{100 * share:.1f}"
    return text.removesuffix(".0") + "%"


def _needed(counts: Counts) -> str:
    """How many accounts would show churn halved, if what is known so far is typical."""
    known = counts.treated + counts.held_out
    if not counts.churned or counts.churned == known:
        return ""
    churn = counts.churned / known
    each = required_accounts(churn_held_out=churn, churn_treated=churn / 2).treated
    return f"; about {each:,} in each arm to show {percent(churn)} churn halved"
