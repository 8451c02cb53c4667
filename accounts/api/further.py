"""Filters over the tenant's own fields: `?attribute=tier:Gold`, `?attribute__gte=seats:10`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as Unfit
from django.db.models import QuerySet
from django_filters import rest_framework as filters

from accounts.models import CustomField
from accounts.queries.custom_fields import fields_of, matching
from accounts.services.custom_fields import read_value
from cshub.api.errors import invalid_parameter
from cshub.api.filters import nearest


class AttributeFilter(filters.CharFilter):  # type: ignore[misc]
    """`key:value` of a field the tenant defined; the value is read as the field's kind."""

    def __init__(self, *, subject: str, lookup: str = "exact", name: str = "attribute") -> None:
        super().__init__(label="key:value of a further field that has a definition, see /custom_fields/")
        self.subject, self.lookup, self.name = subject, lookup, name

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        key, colon, text = value.partition(":")
        fields = {field.key: field for field in fields_of(self.subject)}
        if not colon or key not in fields:
            raise invalid_parameter(
                self.name, f"Write key:value of a field that has a definition. {nearest(key, fields)}"
            )
        try:
            return matching(qs, [(fields[key], self.lookup, read_value(fields[key], as_kind(fields[key], text)))])
        except Unfit as error:
            raise invalid_parameter(self.name, " ".join(error.messages)) from error


def as_kind(field: CustomField, text: str) -> Any:
    """Text of an address as the field's kind; what does not read so stays text, for `read_value` to refuse."""
    if field.kind == CustomField.Kind.YES_NO:
        return {"true": True, "false": False}.get(text.lower(), text)
    if field.kind == CustomField.Kind.NUMBER:
        try:
            return float(text)
        except ValueError:
            return text
    return text
