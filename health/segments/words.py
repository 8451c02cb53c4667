"""Says rules in words: what can be asked, how it is compared, and the whole rule as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, CustomField, MetricDefinition
from cshub.l10n import formats
from cshub.users.models import User
from health.models import AccountSentiment, Band
from health.segments.engine.fields import CUSTOM, WITHOUT_VALUE
from health.segments.engine.grammar import Condition, Group, LastPerformed, Member, Performed, Rule, Trend
from health.value.models import Tier

LABELS: dict[str, Promise | str] = {
    "name": gettext_lazy("Name"), "external_id": gettext_lazy("External ID"), "domain": gettext_lazy("Web domain"),
    "status": gettext_lazy("Status"), "stage": gettext_lazy("Lifecycle stage"), "days_in_stage": gettext_lazy("Days in this stage"),
    "segment": gettext_lazy("Segment field"), "industry": gettext_lazy("Industry"), "region": gettext_lazy("Region"),
    "language": gettext_lazy("Language"), "timezone": gettext_lazy("Time zone"), "customer_since_on": gettext_lazy("Customer since"),
    "churned_on": gettext_lazy("Churned on"), "owner": gettext_lazy("Owner"), "parent": gettext_lazy("Parent account"),
    "ancestor": gettext_lazy("This account or one above it"), "arr": gettext_lazy("Annual revenue"), "currency": gettext_lazy("Currency"),
    "next_renewal_on": gettext_lazy("Next renewal"), "score": gettext_lazy("Health score"), "band": gettext_lazy("Health"),
    "coverage": gettext_lazy("Coverage, 0 to 1"), "sentiment": gettext_lazy("Sentiment"),
    "leaving_probability": gettext_lazy("Probability to leave, 0 to 1"),
    "clv": gettext_lazy("Customer lifetime value"), "cost_to_serve": gettext_lazy("Cost to serve, past year"), "value_tier": gettext_lazy("Value tier"),
    "order_count": gettext_lazy("Orders"), "is_repeat_buyer": gettext_lazy("Ordered more than once"),
    "last_ordered_on": gettext_lazy("Last order"), "product": gettext_lazy("Ordered product (external ID)"),
    "runs_out_on": gettext_lazy("Stock runs out"), "overdue_invoice_count": gettext_lazy("Overdue invoices"),
    "open_ticket_count": gettext_lazy("Open tickets"), "nps": "NPS", "csat": "CSAT", "ces": "CES",
    "last_survey_on": gettext_lazy("Last survey answer"), "last_contact_on": gettext_lazy("Last contact"),
    "last_used_on": gettext_lazy("Last use"), "contact_count": gettext_lazy("People"), "has_champion": gettext_lazy("Has a champion"),
    "has_sponsor": gettext_lazy("Has a sponsor"), "consent_email": gettext_lazy("Somebody allows e-mail"),
    "consent_phone": gettext_lazy("Somebody allows calls"),
}  # fmt: skip

OPERATORS: dict[str, Promise] = {
    "is": gettext_lazy("is"), "is_not": gettext_lazy("is not"), "in": gettext_lazy("is one of"), "not_in": gettext_lazy("is none of"),
    "contains": gettext_lazy("contains"), "not_contains": gettext_lazy("does not contain"), "starts_with": gettext_lazy("begins with"),
    "less_than": gettext_lazy("less than"), "at_most": gettext_lazy("at most"), "more_than": gettext_lazy("more than"),
    "at_least": gettext_lazy("at least"), "between": gettext_lazy("between"), "before": gettext_lazy("before"), "after": gettext_lazy("after"),
    "in_last_days": gettext_lazy("in the last days"), "in_next_days": gettext_lazy("in the next days"),
    "more_than_days_ago": gettext_lazy("more than days ago"), "more_than_days_ahead": gettext_lazy("more than days ahead"),
    "known": gettext_lazy("is known"), "unknown": gettext_lazy("is unknown"), "rose_by": gettext_lazy("rose by, in per cent"),
    "fell_by": gettext_lazy("fell by, in per cent"), "member": gettext_lazy("is in"), "not_member": gettext_lazy("is not in"),
}  # fmt: skip

_WITH_DAYS: dict[str, Promise] = {
    "in_last_days": gettext_lazy("%(field)s in the last %(days)s days"),
    "in_next_days": gettext_lazy("%(field)s in the next %(days)s days"),
    "more_than_days_ago": gettext_lazy("%(field)s more than %(days)s days ago"),
    "more_than_days_ahead": gettext_lazy("%(field)s more than %(days)s days ahead"),
}


class Vocabulary:
    """Names of what a rule points to: the tenant's fields, metrics, people, accounts and segments. Four queries at most, each when first needed."""

    def __init__(self, segments: Mapping[str, str] | None = None) -> None:
        self._segments = segments or {}
        self._read: dict[str, dict[str, str]] = {}

    def field(self, key: str) -> str:
        if key.startswith(CUSTOM):
            key = key.removeprefix(CUSTOM)
            return self._names("fields").get(key, key)
        return str(LABELS[key])

    def metric(self, key: str) -> str:
        return self._names("metrics").get(key, key)

    def segment(self, key: str) -> str:
        return self._segments.get(key, key)

    def value(self, field: str, value: Any) -> str:
        """One value as people write it."""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, date):
            return formats.date(value)
        if isinstance(value, int | float):
            return formats.number(value)
        if isinstance(value, UUID):
            if field == "owner":
                return self._names("people").get(str(value), str(value))
            return Account.objects.filter(pk=value).values_list("name", flat=True).first() or str(value)
        labels: dict[str, Any] = {
            "status": dict(Account.Status.choices), "stage": dict(Account.Stage.choices), "band": dict(Band.choices),
            "sentiment": dict(AccountSentiment.Level.choices), "value_tier": dict(Tier.choices),
        }  # fmt: skip
        return str(labels.get(field, {}).get(value, value))

    def _names(self, of: str) -> dict[str, str]:
        if of not in self._read:
            self._read[of] = {str(key): name for key, name in _SOURCES[of]()}
        return self._read[of]


_SOURCES: dict[str, Any] = {
    "fields": lambda: CustomField.objects.filter(subject="account").values_list("key", "label"),
    "metrics": lambda: MetricDefinition.objects.values_list("key", "name"),
    "people": lambda: User.objects.values_list("pk", "name"),
}


def in_words(rule: Rule, names: Vocabulary) -> str:
    """The rule as a phrase: “Region is Poland and (Health is At risk or NPS at most 6)”."""
    said = _said(rule, names)
    return said[1:-1] if isinstance(rule, Group) and rule.joins != "not" and len(rule.parts) > 1 else said


def _said(rule: Rule, names: Vocabulary) -> str:
    match rule:
        case Group("not", (part,)):
            return _("not (%(rule)s)") % {"rule": in_words(part, names)}
        case Group(joins, parts):
            said = (_(" and ") if joins == "all" else _(" or ")).join(_said(part, names) for part in parts)
            return f"({said})" if len(parts) > 1 else said
        case Condition():
            return _condition(rule, names)
        case Member(segment):
            return _("in the segment “%(name)s”") % {"name": names.segment(segment)}
    return _usage(rule, names)


def _usage(rule: Performed | LastPerformed | Trend, names: Vocabulary) -> str:
    named = {"metric": names.metric(rule.metric), "days": formats.number(rule.days)}
    match rule:
        case Performed():
            words = (
                _("%(metric)s at least %(times)s times in %(days)s days")
                if rule.operator == "at_least"
                else _("%(metric)s less than %(times)s times in %(days)s days")
            )
            return words % {**named, "times": formats.number(rule.times)}
        case LastPerformed():
            words = (
                _("%(metric)s last within %(days)s days")
                if rule.operator == "in_last_days"
                else _("%(metric)s last more than %(days)s days ago")
            )
            return words % named
        case Trend():
            words = (
                _("%(metric)s rose by %(percent)s per cent in %(days)s days")
                if rule.operator == "rose_by"
                else _("%(metric)s fell by %(percent)s per cent in %(days)s days")
            )
            return words % {**named, "percent": formats.number(rule.percent)}


def _condition(rule: Condition, names: Vocabulary) -> str:
    field, key = names.field(rule.field.key), rule.field.key
    if rule.operator in _WITH_DAYS:
        return str(_WITH_DAYS[rule.operator]) % {"field": field, "days": formats.number(rule.value)}  # type: ignore[arg-type]
    if rule.operator in WITHOUT_VALUE:
        return f"{field} {OPERATORS[rule.operator]}"
    if rule.operator == "between" and isinstance(rule.value, tuple):
        low, high = (names.value(key, each) for each in rule.value)
        return f"{field} {OPERATORS['between']} {low}{_(' and ')}{high}"
    values = rule.value if isinstance(rule.value, tuple) else (rule.value,)
    return f"{field} {OPERATORS[rule.operator]} {formats.separator().join(names.value(key, each) for each in values)}"
