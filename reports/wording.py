"""The codes of report numbers in words."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cshub.kernel.charts import Step
from cshub.l10n import formats

KINDS = {
    "save": gettext_lazy("Save"),
    "influenced_renewal": gettext_lazy("Influenced renewal"),
    "expansion": gettext_lazy("Expansion"),
}
REFUSED = {
    "no_evidence": gettext_lazy("no evidence"),
    "rejected": gettext_lazy("rejected in review"),
    "duplicate_claim": gettext_lazy("claimed twice"),
    "unknown_renewal": gettext_lazy("no renewal"),
}
BARS = {
    "logged": "raw",
    "anyway": "cut",
    "counted_twice": "cut",
    "no_evidence": "cut",
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
    if row["code"] == "interval_includes_zero":
        return (
            _(
                "%(playbook)s: the interval includes zero. Its estimate is counted with the others, but nothing is claimed for it alone."
            )
            % row
        )
    if row["code"] == "cannot_be_shown":
        return _("%(playbook)s: nothing can be shown yet. It adds nothing to the figures; its cost is included.") % row
    if row["code"] == "other_currency":
        return ngettext(
            "%(count)s claim in another currency is left out.",
            "%(count)s claims in another currency are left out.",
            row["count"],
        ) % {"count": formats.number(row["count"])}
    return str(SENTENCES[row["code"]])


SENTENCES = {
    "no_cost_entered": gettext_lazy("No cost was entered for this period, so no return can be computed."),
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
        "no_evidence": _("No evidence"),
        "incremental": _("Incremental revenue, booked"),
        "delivery": _("Cost to deliver it"),
        "cost": _("Cost of customer success"),
        "net": _("Net contribution"),
    }[step]


def _note(row: dict[str, Any], meta: dict[str, Any]) -> str:
    count = row.get("count", 0)
    if row["step"] == "logged":
        return ngettext("%(count)s entry", "%(count)s entries", count) % {"count": formats.number(count)}
    if row["step"] == "no_evidence":
        return ngettext(
            "%(count)s entry without a record, or rejected", "%(count)s entries without a record, or rejected", count
        ) % {"count": formats.number(count)}
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
