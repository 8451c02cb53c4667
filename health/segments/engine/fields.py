"""The closed list of what a rule may ask about, and which comparisons fit each kind of field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["text", "choice", "number", "count", "date", "yes_no", "person", "account"]

CUSTOM: Final = "custom:"  # before the key of a field that the tenant added to accounts

TEXT: Final = ("is", "is_not", "in", "not_in", "contains", "not_contains", "starts_with")
AMOUNTS: Final = ("is", "is_not", "less_than", "at_most", "more_than", "at_least", "between")
DAYS: Final = (
    *("is", "before", "after", "between", "in_last_days", "in_next_days"),
    *("more_than_days_ago", "more_than_days_ahead"),
)
CHOICES: Final = ("is", "is_not", "in", "not_in")
KNOWN: Final = ("known", "unknown")

OPERATORS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "text": (*TEXT, *KNOWN),
    "choice": (*CHOICES, *KNOWN),
    "number": (*AMOUNTS, *KNOWN),
    "count": AMOUNTS,  # nothing counted is 0, and that is known
    "date": (*DAYS, *KNOWN),
    "yes_no": ("is", *KNOWN),
    "person": (*CHOICES, *KNOWN),
    "account": ("is", "in", *KNOWN),
}
WITHOUT_VALUE: Final = KNOWN
MANY: Final = ("in", "not_in")
DAY_COUNTS: Final = ("in_last_days", "in_next_days", "more_than_days_ago", "more_than_days_ahead")


@dataclass(frozen=True)
class Field:
    """Something that is known about an account. `choices` closes the list of values where it is not empty."""

    key: str
    kind: Kind
    choices: tuple[str, ...] = ()

    @property
    def operators(self) -> tuple[str, ...]:
        return OPERATORS[self.kind]


BANDS = ("good", "watch", "risk", "unknown")
SENTIMENTS = ("good", "fair", "poor")
STATUSES = ("prospect", "onboarding", "active", "churned", "merged")
STAGES = ("handoff", "onboarding", "adoption", "value", "growth", "renewal", "advocacy", "churned")
TIERS = ("high", "middle", "low", "loss", "unknown")

BUILT_IN: Final[Mapping[str, Field]] = {
    field.key: field
    for field in (
        Field("name", "text"),
        Field("external_id", "text"),
        Field("domain", "text"),
        Field("status", "choice", STATUSES),
        Field("stage", "choice", STAGES),
        Field("days_in_stage", "number"),
        Field("segment", "text"),
        Field("industry", "text"),
        Field("region", "text"),
        Field("language", "text"),
        Field("timezone", "text"),
        Field("customer_since_on", "date"),
        Field("churned_on", "date"),
        Field("owner", "person"),
        Field("parent", "account"),
        Field("ancestor", "account"),
        Field("arr", "number"),
        Field("currency", "text"),
        Field("next_renewal_on", "date"),
        Field("score", "number"),
        Field("band", "choice", BANDS),
        Field("coverage", "number"),
        Field("sentiment", "choice", SENTIMENTS),
        Field("leaving_probability", "number"),
        Field("clv", "number"),
        Field("cost_to_serve", "number"),
        Field("value_tier", "choice", TIERS),
        Field("order_count", "count"),
        Field("is_repeat_buyer", "yes_no"),
        Field("last_ordered_on", "date"),
        Field("product", "text"),
        Field("runs_out_on", "date"),
        Field("overdue_invoice_count", "count"),
        Field("open_ticket_count", "count"),
        Field("nps", "number"),
        Field("csat", "number"),
        Field("ces", "number"),
        Field("last_survey_on", "date"),
        Field("last_contact_on", "date"),
        Field("last_used_on", "date"),
        Field("contact_count", "count"),
        Field("has_champion", "yes_no"),
        Field("has_sponsor", "yes_no"),
        Field("consent_email", "yes_no"),
        Field("consent_phone", "yes_no"),
    )
}


@dataclass(frozen=True)
class Catalog:
    """What the tenant has to ask about: fields by key, the metrics that are counted, its segments by id with their rules as written."""

    fields: Mapping[str, Field]
    metrics: frozenset[str] = frozenset()
    segments: Mapping[str, object] | None = None
    names: Mapping[str, str] | None = None  # of the segments, for sentences
    retired: frozenset[str] = frozenset()  # custom fields that were archived
