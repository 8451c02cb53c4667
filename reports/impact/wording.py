"""The engine's reasons in the reader's language: why something cannot be shown, what is known, and what would show it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cshub.l10n import formats, preferences
from reports.impact.engine import Counts
from reports.impact.engine.reasons import MONEY_ONLY, REMEDIES, WORDS, facts

# What `sequential` and `measure_holdout` may say, for the message catalogs; a test holds it against the engine.
COLLECTED = (
    gettext_noop("some accounts are listed more than once (rows too many: {duplicates})"),
    gettext_noop(
        "some accounts were given their arm on or after their renewal date, when the outcome could already be known (accounts: {assigned_late})"
    ),
    gettext_noop(
        "some accounts have no assignment date or no renewal date, so nobody can tell whether the arm came first (accounts: {undated})"
    ),
    gettext_noop(
        "the split is {assigned_treated} worked to {assigned_held_out} held out; lots drawn as planned come out this uneven less than once in 1,000 times, so accounts have gone missing"
    ),
    gettext_noop(
        "outcomes are missing for {missing_share_treated} of the worked and {missing_share_held_out} of the held-out accounts, and those missing may be the ones that left"
    ),
    gettext_noop(
        "only {treated} worked and {held_out} held-out accounts have a known outcome; each arm needs at least 30"
    ),
    gettext_noop(
        "with {treated} worked and {held_out} held-out accounts and {churned} lost, chance decides; a running reading needs 20 accounts in each arm and 10 lost"
    ),
    gettext_noop(
        "revenue is so uneven that the arms weigh only as much as {effective_treated} and {effective_held_out} equal accounts; each needs at least 10"
    ),
    gettext_noop(
        "one account carries {largest_share} of its arm's revenue; above 25% it alone decides what is said about money"
    ),
    gettext_noop("an arm has no revenue due, so there is nothing to divide by"),
    gettext_noop("some accounts have negative revenue (accounts: {negative_arr})"),
    gettext_noop("within each arm every account kept the same share of its revenue, so chance cannot be measured"),
    gettext_noop("{contamination} of the hold-out was contacted all the same, which hides part of any effect"),
    gettext_noop("the same table with each account once"),
    gettext_noop("accounts whose arm was drawn before their renewal date"),
    gettext_noop("the missing assigned_at and due_at of these accounts"),
    gettext_noop("the outcomes of every account that was drawn"),
    gettext_noop("the missing renewed or arr_end of {missing} accounts"),
    gettext_noop("at least 30 accounts in each arm with a known outcome{needed}"),
    gettext_noop("a longer trial or more accounts{needed}"),
    gettext_noop("more accounts of similar size"),
    gettext_noop("that account set apart as always worked before the next draw"),
    gettext_noop("the arr_start of the accounts in both arms"),
    gettext_noop("the corrected arr_start and arr_end of these accounts"),
    gettext_noop("renewals whose outcomes differ"),
    gettext_noop("a hold-out that is left alone"),
)

VERDICTS = {
    "MEASURED_GAIN": "proven",
    "MEASURED_LOSS": "harmful",
    "NO_EFFECT_SHOWN": "none",
    "CANNOT_BE_SHOWN": "open",
    "TOO_EARLY": "open",
    "NOT_YET": "open",
}
WARNING = "holdout_was_contacted"


def refusal(reasons: Sequence[str], counts: Mapping[str, Any]) -> str:
    """Cannot be shown: <why>. What we know: <counts>. What would show it: <remedy>. `counts` are the engine's, as kept in JSON."""
    given = Counts(**counts)
    codes = [reason for reason in reasons if reason in WORDS and reason != WARNING]
    sentence = _("Cannot be shown: %(why)s. What we know: %(known)s. What would show it: %(cure)s.") % {
        "why": "; ".join(_filled(WORDS[code], given) for code in codes),
        "known": known(counts),
        "cure": "; ".join(dict.fromkeys(_filled(REMEDIES[code], given) for code in codes)),
    }
    return f"{sentence} {_('The renewal rate can still be read.')}" if MONEY_ONLY.issuperset(codes) else sentence


def known(counts: Mapping[str, Any]) -> str:
    """The bare counts, without a comparison."""
    given = Counts(**counts)
    return _(
        "%(treated)s treated and %(held_out)s held-out accounts, %(known)s with a known outcome, %(lost)s of these lost"
    ) % {
        "treated": formats.number(given.assigned_treated),
        "held_out": formats.number(given.assigned_held_out),
        "known": formats.number(given.treated + given.held_out),
        "lost": formats.number(given.churned),
    }


def warnings(reasons: Sequence[str], counts: Mapping[str, Any]) -> list[str]:
    """What has to be said beside a finding."""
    return [_filled(WORDS[WARNING], Counts(**counts))] if WARNING in reasons else []


def _filled(template: str, counts: Counts) -> str:
    """The template in the reader's language and digits. How many accounts are needed is said by the engine in English only."""
    given = facts(counts)
    if preferences.language() != "en":
        given["needed"] = ""
    return formats.in_digits(_(template).format_map(given))
