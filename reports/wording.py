"""The codes of report numbers in words."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cshub.kernel.charts import Step
from cshub.l10n import formats
from reports.impact.wording import refusal

REFUSED = {
    "no_evidence": gettext_lazy("no evidence"),
    "not_reviewed": gettext_lazy("not reviewed yet"),
    "rejected": gettext_lazy("rejected in review"),
    "reversed": gettext_lazy("taken back"),
}
BARS = {
    "logged": "raw",
    "anyway": "cut",
    "counted_twice": "cut",
    "not_admitted": "cut",
    "incremental": "total",
    "delivery": "cost",
    "cost": "cost",
    "net": "net",
}
THOUSAND = 100_000  # cents


def steps_of(rows: Sequence[dict[str, Any]], meta: dict[str, Any]) -> list[Step]:
    """The waterfall's steps with labels, in thousands of the currency."""
    return [
        Step(
            label=_label(row["step"]),
            kind=BARS[row["step"]],
            amount=None if row["total"] and row["step"] != "logged" else Decimal(row["cents"]) / THOUSAND,
            note=_note(row, meta),
        )
        for row in rows
    ]


def not_claimed_sentence(row: dict[str, Any]) -> str:
    """One sentence of "what this report does not claim"."""
    if "playbook" in row:
        return str(OF_A_PLAYBOOK[row["code"]]) % row
    if "count" in row:
        return left_out(row["code"], row["count"])
    return str(SENTENCES[row["code"]])


def missing_rate(row: dict[str, Any]) -> str:
    """Which rate is missing, and how many accounts are left out because of it."""
    return ngettext(
        "No rate of %(currency)s on the first and last day: %(count)s account is left out.",
        "No rate of %(currency)s on the first and last day: %(count)s accounts are left out.",
        row["accounts"],
    ) % {"currency": row["currency"], "count": formats.number(row["accounts"])}


def left_out(code: str, count: int) -> str:
    """What is in another currency and therefore not in the figures."""
    words = {
        "claims_left_out": ngettext(
            "%(count)s claim in another currency is left out.",
            "%(count)s claims in another currency are left out.",
            count,
        ),
        "cost_left_out": ngettext(
            "%(count)s cost in another currency is left out, so no return is shown.",
            "%(count)s costs in another currency are left out, so no return is shown.",
            count,
        ),
        "accounts_left_out": ngettext(
            "%(count)s account in another currency is left out of the revenue kept.",
            "%(count)s accounts in another currency are left out of the revenue kept.",
            count,
        ),
    }
    return words[code] % {"count": formats.number(count)}


def why_not(numbers: dict[str, Any]) -> str:
    """Why the headline cannot be shown, in one or more sentences; empty when it can."""
    head = numbers["headline"]
    return " ".join(_reason(code, numbers) for code in head["reasons"])


def _reason(code: str, numbers: dict[str, Any]) -> str:
    if code == "cannot_be_shown":
        row = max(numbers["playbooks"], key=lambda each: each["treated"] + each["held_out"])
        return f"{row['playbook']}: {refusal(row['money']['reasons'], row['counts'])}"
    return str(REASONS[code])


REASONS = {
    "period_is_open": gettext_lazy(
        "Cannot be shown: the period is not closed yet. Comparisons are read once, when it is over; until then the experiments page shows what can be said each week."
    ),
    "no_experiment": gettext_lazy(
        "Cannot be shown: no playbook with a holdout has been approved. What would show it: a holdout, so that the accounts left alone show what would have happened anyway."
    ),
    "no_cost_entered": gettext_lazy(
        "Cannot be shown: no cost was entered for this period. What would show it: the cost of customer success, under report inputs."
    ),
    "cost_in_other_currency": gettext_lazy(
        "Cannot be shown: part of the cost is in another currency. What would show it: that cost entered in the reporting currency, and the other one taken back."
    ),
    "nothing_admitted": gettext_lazy(
        "Cannot be shown: the comparisons show a gain, but no claim of the period was accepted, and only accepted claims are booked. What would show it: a review of the claims that wait."
    ),
    "no_gain_measured": gettext_lazy(
        "Cannot be shown: with this many renewals chance alone could give the difference between the arms. What would show it: more renewals in each arm."
    ),
    "loss_measured": gettext_lazy(
        "No return: the accounts that were worked on kept less revenue than those left alone."
    ),
}
OF_A_PLAYBOOK = {
    "interval_includes_zero": gettext_lazy(
        "%(playbook)s: the interval includes zero. Its estimate is counted with the others, but nothing is claimed for it alone."
    ),
    "loss_measured": gettext_lazy(
        "%(playbook)s: the accounts that were worked on renewed less. Its loss is counted with the others."
    ),
    "cannot_be_shown": gettext_lazy(
        "%(playbook)s: nothing can be shown yet. It adds nothing to the figures; its cost is included."
    ),
}
SENTENCES = {
    "period_is_open": gettext_lazy("The period is not closed yet, so nothing is booked and nothing is compared."),
    "lower_bound_only": gettext_lazy(
        "Only the lower bound of the measured money is booked. The true effect is probably larger; it is not claimed."
    ),
    "logged_is_not_value": gettext_lazy(
        "What the team logged is not value. It limits what can be booked and never adds to it."
    ),
    "no_survey_scores": gettext_lazy("Survey scores appear nowhere in the calculation."),
}


def _label(step: str) -> str:
    return {
        "logged": _("Logged by the team"),
        "anyway": _("Would have happened anyway"),
        "counted_twice": _("Counted more than once"),
        "not_admitted": _("No evidence, or not accepted"),
        "incremental": _("Incremental revenue, booked"),
        "delivery": _("Cost to deliver it"),
        "cost": _("Cost of customer success"),
        "net": _("Net contribution"),
    }[step]


def _note(row: dict[str, Any], meta: dict[str, Any]) -> str:
    count = row.get("count", 0)
    if row["step"] == "logged":
        return ngettext("%(count)s entry", "%(count)s entries", count) % {"count": formats.number(count)}
    if row["step"] == "not_admitted":
        return ngettext("%(count)s entry not admitted", "%(count)s entries not admitted", count) % {
            "count": formats.number(count)
        }
    if row["step"] == "delivery":
        return _("%(share)s of revenue, decided by finance") % {
            "share": formats.percent(1 - Decimal(meta["gross_margin"]))
        }
    return {
        "anyway": _("What the held-out accounts show, and all that is not shown"),
        "counted_twice": _("Two people, one euro"),
        "incremental": _("Lower bound of the comparison"),
        "cost": _("Salaries, tools, vendors"),
    }.get(row["step"], "")
