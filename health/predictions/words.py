"""Says in the reader's language why something cannot be told, and what a model's figures do not say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cshub.l10n import formats
from health.models import ScorecardVersion
from health.reasons import label
from health.sql.run import definition_of

ANY = "any"  # how the engine says that one of the two counts does not matter

REASONS: dict[str, Promise] = {
    "no_rows": gettext_lazy("no account was scored so long ago that its outcome is known; a longer history would show it"),
    "no_features": gettext_lazy("no measure differs between accounts; at least one with two values is needed"),
    "duplicate_snapshot": gettext_lazy("account %(account)s stands more than once in the snapshot of %(at)s"),
    "not_finite": gettext_lazy("%(feature)s of account %(account)s is %(value)s, which is no number; mend the fact behind it or leave it empty"),
    "mixed_kinds": gettext_lazy("%(feature)s holds both numbers and texts; account %(account)s has %(value)s"),
    "recorded_after_snapshot": gettext_lazy("%(feature)s of account %(account)s was recorded on %(recorded)s, after the snapshot of %(at)s: nobody could have known it"),
    "missing_feature": gettext_lazy("the model needs %(feature)s, which the scorecard does not measure"),
    "one_outcome_only": gettext_lazy("of %(known)s accounts with a known outcome %(churned)s left; both outcomes are needed to tell them apart"),
    "too_few_outcomes": gettext_lazy("%(churned)s accounts left and %(stayed)s stayed; %(needed)s of each are needed, so %(short)s more outcomes are missing"),
    "leakage_suspected": gettext_lazy("the AUC is %(auc)s; above %(alarm)s a feature usually holds the outcome itself: %(features)s"),
    "no_signal": gettext_lazy("on accounts not used for learning the AUC is %(auc)s (%(low)s to %(high)s): no better than drawing lots"),
    "no_time_split": gettext_lazy("no snapshot is old enough: the outcomes of one have to be known before a later one, %(horizon)s days apart"),
}  # fmt: skip
FEW_LEFT = gettext_lazy("%(churned)s accounts left; %(needed)s are needed")

LIMITS: dict[str, Promise] = {
    "undated_snapshots": gettext_lazy("The rows have no date, so the test was on other accounts, not on later days."),
    "undated_features": gettext_lazy("Nobody can say when these were recorded: %(features)s."),
    "few_outcomes": gettext_lazy("Only %(churned)s accounts left for %(features)s features: single drivers are uncertain."),
    "wide_interval": gettext_lazy("The AUC is known only to within %(low)s and %(high)s."),
    "outcomes_unknown": gettext_lazy("%(unknown)s rows were left out, because their outcome was not known yet."),
    "constant_features": gettext_lazy("These were the same everywhere and left out: %(features)s."),
    "not_causal": gettext_lazy("Drivers tell accounts apart; changing one need not change the outcome."),
}  # fmt: skip


def refusal(reasons: Sequence[Mapping[str, Any]]) -> str:
    """“Cannot tell: 12 accounts left and 388 stayed; …”; empty without reasons."""
    return _("Cannot tell: %(why)s.") % {"why": "; ".join(_reason(each) for each in reasons)} if reasons else ""


def limits(card: Mapping[str, Any]) -> list[str]:
    """The limits of a model card as sentences, features by their names. One query."""
    names = feature_names(())
    return [str(LIMITS[each["code"]]) % _named(_facts(each["facts"]), names) for each in card["limits"]]


def feature_names(keys: Sequence[str]) -> dict[str, str]:
    """All features by the names of their measures, as the newest scorecard version that has them says, and these keys. One query."""
    names: dict[str, str] = {}
    for version in ScorecardVersion.objects.filter(activated_at__isnull=False).order_by("activated_at"):
        names |= {measure.key: label(measure) for measure in definition_of(version).measures}
    return names | {key: key for key in keys if key not in names}


def _reason(reason: Mapping[str, Any]) -> str:
    facts = reason["facts"]
    words = FEW_LEFT if facts.get("stayed") == ANY else REASONS[reason["code"]]
    return str(words) % _facts(facts)


def _named(facts: dict[str, str], names: Mapping[str, str]) -> dict[str, str]:
    if not facts.get("features") or facts["features"].isdecimal():
        return facts
    return {**facts, "features": formats.separator().join(names.get(key, key) for key in facts["features"].split(", "))}


def _facts(facts: Mapping[str, Any]) -> dict[str, str]:
    return {name: formats.in_digits(value) for name, value in facts.items()}
