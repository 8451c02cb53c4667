"""Says in the reader's language why an account is in its tier, why something is unknown, and how a value came about."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cshub.l10n import formats
from health.engine.value.repeat import FEWEST_CUSTOMERS, FEWEST_REPEATERS
from health.engine.value.subscription import FEWEST_LOST, FEWEST_PERIODS
from health.value.models import Method, Tier

if TYPE_CHECKING:
    from health.value.models import Figures, ValueFit

CENTS = 100

REFUSALS: dict[str, Promise] = {
    "no_margin": gettext_lazy("finance has not decided a gross margin yet"),
    "no_survival": gettext_lazy("too little is known of how contracts are renewed"),
    "no_revenue": gettext_lazy("the account has neither recurring revenue nor orders"),
    "no_reorders": gettext_lazy("too little is known of how customers reorder"),
    "no_rate": gettext_lazy("nobody has decided what an hour of every role that worked for it costs"),
    "no_work": gettext_lazy("no ticket or contact of the past year is recorded"),
    "no_exchange": gettext_lazy("the exchange rate to its currency is not known"),
}
FITS: dict[str, Promise] = {
    "too_few_lost": gettext_lazy("%(happened)s of %(observed)s renewals were lost; %(lost)s are needed"),
    "too_few_renewals": gettext_lazy("no contract has come up for renewal %(periods)s times yet"),
    "too_few_orders": gettext_lazy("%(observed)s customers ordered and %(happened)s did so again; %(customers)s and %(again)s are needed"),
    "no_difference": gettext_lazy("the history of %(observed)s does not say how customers differ"),
}  # fmt: skip
TIERS: dict[str, Promise] = {
    "strategic": gettext_lazy("set apart: %(note)s"),
    "value_unknown": gettext_lazy("its value is not known: %(note)s"),
    "cost_unknown": gettext_lazy("what serving it costs is not known: %(note)s"),
    "no_terms": gettext_lazy("nobody has decided from which value a tier begins"),
    "no_exchange": gettext_lazy("the exchange rate from %(note)s is not known"),
    "costs_more": gettext_lazy("serving it costs %(cost)s, more than the %(value)s it is worth over %(months)s months"),
    "above": gettext_lazy("worth %(net)s after serving it (%(value)s less %(cost)s) over %(months)s months; “%(tier)s” begins at %(from)s"),
    "below": gettext_lazy("worth %(net)s after serving it (%(value)s less %(cost)s) over %(months)s months; “%(next)s” begins at %(from)s"),
}  # fmt: skip


def tier_reason(row: Figures) -> str:
    """“worth €61,000 after serving it (€62,300 less €1,300) over 36 months; “Middle” begins at €30,000”."""
    facts = dict(row.tier_facts)
    if row.tier_reason in ("value_unknown", "cost_unknown"):
        facts["note"] = str(REFUSALS.get(facts["note"], facts["note"]))
    return str(TIERS[row.tier_reason]) % _said(facts)


def value_refusal(row: Figures, fit: ValueFit | None) -> str:
    """Why the value is unknown, with the counts of what could not be learned; empty where it is known."""
    if not row.refusal:
        return ""
    counts = f" ({fit_refusal(fit)})" if fit is not None and fit.refusal else ""
    return _("Cannot tell: %(why)s.") % {"why": f"{REFUSALS[row.refusal]}{counts}"}


def cost_refusal(row: Figures) -> str:
    """Why the cost is unknown; empty where it is known."""
    return _("Cannot tell: %(why)s.") % {"why": REFUSALS[row.cost_refusal]} if row.cost_refusal else ""


def fit_refusal(fit: ValueFit) -> str:
    """Why nothing could be learned; empty where something was."""
    if not fit.refusal:
        return ""
    counts = {
        "observed": fit.observed, "happened": fit.happened, "lost": FEWEST_LOST, "periods": FEWEST_PERIODS,
        "customers": FEWEST_CUSTOMERS, "again": FEWEST_REPEATERS,
    }  # fmt: skip
    return str(FITS[fit.refusal]) % {name: formats.number(count) for name, count in counts.items()}


def method(row: Figures) -> str:
    """“Subscription: survival × margin, discounted”."""
    return str(Method(row.method).label)


def possible(row: Figures) -> str:
    """The other tiers that the interval of the value allows; empty where there are none."""
    others = [str(Tier(each).label) for each in row.possible_tiers if each != row.tier]
    return formats.separator().join(others)


def _said(facts: dict[str, Any]) -> dict[str, str]:
    said = {name: str(value) for name, value in facts.items()}
    currency = facts.get("currency", "")
    for name in ("value", "cost", "net", "from"):
        if name in facts:
            said[name] = formats.money(Decimal(facts[name]) / CENTS, currency, decimals=0)
    for name in ("tier", "next"):
        if name in facts:
            said[name] = str(Tier(facts[name]).label)
    if "horizon" in facts:
        said["months"] = formats.number(facts["horizon"])
    return said
