"""Filters of lists over the tenant's own fields: one form field for each, or a pair where values have an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.models import CustomField
from cshub.l10n.fields import AmountField

_Kind = CustomField.Kind
ORDERED = (_Kind.NUMBER, _Kind.DATE)


def further_fields(definitions: Sequence[CustomField]) -> dict[str, tuple[CustomField, str, forms.Field]]:
    """By the name of the form field: the definition, the lookup and the field itself. Names are made of ids, never of what people typed."""
    found: dict[str, tuple[CustomField, str, forms.Field]] = {}
    for each in definitions:
        name = f"field_{each.pk.hex}"
        if each.kind in ORDERED:
            for lookup, words in (("gte", _("%(label)s from")), ("lte", _("%(label)s to"))):
                found[f"{name}_{lookup}"] = (each, lookup, _ordered(each.kind, words % {"label": each.label}))
        else:
            found[name] = (each, "exact", _exact(each))
    return found


def conditions(
    known: Mapping[str, tuple[CustomField, str, forms.Field]], values: Mapping[str, Any]
) -> list[tuple[CustomField, str, Any]]:
    """What was asked for, as accounts.queries.custom_fields.matching takes it."""
    return [
        (each, lookup, _kept(each.kind, values[name]))
        for name, (each, lookup, _field) in known.items()
        if name in values
    ]


def _exact(definition: CustomField) -> forms.Field:
    if definition.kind == _Kind.YES_NO:
        choices = [("", "—"), ("true", _("Yes")), ("false", _("No"))]
        return forms.ChoiceField(label=definition.label, required=False, choices=choices)
    if definition.kind == _Kind.CHOICE:
        listed = [("", "—"), *((each, each) for each in definition.choices)]
        return forms.ChoiceField(label=definition.label, required=False, choices=listed)
    return forms.CharField(label=definition.label, required=False, max_length=200)


def _ordered(kind: str, label: str) -> forms.Field:
    if kind == _Kind.DATE:
        return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))
    return AmountField(label=label, required=False)


def _kept(kind: str, value: Any) -> Any:
    if kind == _Kind.YES_NO:
        return value == "true"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
