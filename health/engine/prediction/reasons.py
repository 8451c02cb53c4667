"""Why something about leaving cannot be predicted or judged, in words, and what would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Templates rather than sentences, so that a page can translate them and fill in the facts.
WORDS = {
    "no_rows": "there are no accounts to learn from",
    "no_features": "no feature is left that differs between accounts",
    "duplicate_snapshot": "account {account} stands more than once in the snapshot of {at}",
    "not_finite": "feature {feature} of account {account} is {value}, which is no number",
    "mixed_kinds": "feature {feature} holds both numbers and texts; account {account} has {value}",
    "recorded_after_snapshot": (
        "feature {feature} of account {account} was recorded on {recorded}, after the snapshot of {at} "
        "(values like this: {count}); at the snapshot nobody could have known it"
    ),
    "missing_feature": "feature {feature}, which the model was trained with, is not given",
    "one_outcome_only": "of {known} accounts with a known outcome {churned} left; both outcomes are needed to tell them apart",
    "too_few_outcomes": (
        "{churned} accounts left and {stayed} stayed; {needed} of each are needed, so {short} more outcomes are missing"
    ),
    "leakage_suspected": (
        "accounts that left are told from those that stayed with an AUC of {auc}; above {alarm} a feature usually holds "
        "the outcome itself. Features that do so alone: {features}"
    ),
    "no_signal": "on accounts not used for training the AUC is {auc} ({low} to {high}): no better than drawing lots",
    "no_time_split": (
        "no snapshot is old enough: the outcomes of one have to be known before the day of a later one, {horizon} days apart"
    ),
}

REMEDIES = {
    "no_rows": "snapshots of accounts with their outcomes",
    "no_features": "at least one feature with two different values",
    "duplicate_snapshot": "each account once in a snapshot",
    "not_finite": "the number, or nothing at all where it is not known",
    "mixed_kinds": "numbers only, or texts only",
    "recorded_after_snapshot": "the value as it was known at the snapshot",
    "missing_feature": "the feature, with nothing where it is not known",
    "one_outcome_only": "accounts with the other outcome",
    "too_few_outcomes": "a longer history, or a wait until more outcomes are known",
    "leakage_suspected": "the same without these features, or with their values as they were at the snapshot",
    "no_signal": "features that have to do with leaving",
    "no_time_split": "a longer history of snapshots",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of WORDS and the facts its template names, written for people."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The reason as a clause."""
        return WORDS[self.code].format_map(self.facts)

    @property
    def remedy(self) -> str:
        """What would help, as a clause."""
        return REMEDIES[self.code].format_map(self.facts)


class CannotPredict(ValueError):
    """No model, no probability and no verdict; `reasons` say why, each with its remedy."""

    def __init__(self, *reasons: Reason) -> None:
        self.reasons = reasons
        super().__init__(
            " ".join(f"{reason.words[:1].upper()}{reason.words[1:]}. Needed: {reason.remedy}." for reason in reasons)
        )

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason.code for reason in self.reasons)


def cannot(code: str, **facts: object) -> CannotPredict:
    """The refusal with one reason."""
    return CannotPredict(Reason(code, {name: str(fact) for name, fact in facts.items()}))
