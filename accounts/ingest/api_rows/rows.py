"""What rows of a batch look like in the OpenAPI document, told by the fields of their kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.ingest.kinds import KINDS
from accounts.ingest.reading import fields
from accounts.ingest.typed_rows import FURTHER

if TYPE_CHECKING:
    from accounts.ingest.reading.fields import Field

DECIMAL = {"type": "string", "pattern": r"^-?\d{1,15}(\.\d{1,20})?$", "examples": ["186000.00"]}
MONEY = {
    "oneOf": [
        DECIMAL,
        {
            "type": "object",
            "required": ["amount", "currency"],
            "properties": {
                "amount": DECIMAL,
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["EUR"]},
            },
        },
        {"type": "null"},
    ]
}
LINE_FIELDS = ("line", "product", "product_name", "unit", "quantity", "unit_price", "amount")


@extend_schema_field(MONEY)
class Money(serializers.JSONField):
    """A decimal as text, or with its currency."""


@extend_schema_field({"oneOf": [{"type": "number"}, DECIMAL, {"type": "null"}]})
class Number(serializers.JSONField):
    """A number, or a decimal as text."""


class RowErrorSerializer(serializers.Serializer[Any]):
    """What is wrong with a row, and what mends it."""

    pointer = serializers.CharField(help_text="JSON pointer into the body, such as /3/name.")
    code = serializers.CharField(help_text="For machines.")
    detail = serializers.CharField(help_text="For people.")


class RowResultSerializer(serializers.Serializer[Any]):
    """What became of one row."""

    index = serializers.IntegerField(help_text="Its place in the request, from 0.")
    status = serializers.ChoiceField(["added", "updated", "unchanged", "rejected"])
    external_id = serializers.CharField(allow_null=True)
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]  # the document's member, not the form's


class BatchAnswerSerializer(serializers.Serializer[Any]):
    """What became of all rows, in their order."""

    data = RowResultSerializer(many=True)  # type: ignore[assignment]  # the document's member, not the form's
    added = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()


def row_serializer(kind: str) -> type[serializers.Serializer[Any]]:
    """A serializer that describes a row of this kind. Rows are judged by `accounts.ingest.bulk`, which is quicker."""
    this = KINDS[kind]
    members: dict[str, Any] = {each.name: _member(each, is_needed=each.needed) for each in this.fields}
    if this.takes_further_fields:
        members[FURTHER] = _further()
    return _serializer(f"{kind.capitalize()}Row", "One row. What is left out or null leaves what is there.", members)


def body_serializer(kind: str) -> type[serializers.Serializer[Any]]:
    """A serializer that describes one row whose external ID stands in the address; an order has its lines inside."""
    this = KINDS[kind]
    members: dict[str, Any] = {
        each.name: _member(each, is_needed=each.needed)
        for each in this.fields
        if each.name != "external_id" and not (this.numbered and each.name in LINE_FIELDS and each.name != "amount")
    }
    if this.takes_further_fields:
        members[FURTHER] = _further()
    if this.numbered:
        lines = {each.name: _member(each, is_needed=False) for each in this.fields if each.name in LINE_FIELDS}
        members["lines"] = _serializer("OrdersBodyLine", "One product of an order.", lines)(many=True, required=False)
    return _serializer(f"{kind.capitalize()}Body", "What is left out or null leaves what is there.", members)


def _serializer(name: str, doc: str, members: dict[str, Any]) -> type[serializers.Serializer[Any]]:
    return type(name, (serializers.Serializer,), {"__doc__": doc, "__module__": __name__, **members})


def _further() -> serializers.Field[Any, Any, Any, Any]:
    return serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        required=False,
        allow_null=True,
        help_text="Further fields; null deletes one.",
    )


def _member(field: Field, *, is_needed: bool) -> serializers.Field[Any, Any, Any, Any]:
    given: dict[str, Any] = {"required": is_needed, "allow_null": not is_needed, "help_text": field.label}
    if field.reads == fields.CHOICE:
        return serializers.ChoiceField(field.choices, **given)
    if field.reads == fields.WHOLE:
        return serializers.IntegerField(min_value=0, max_value=field.longest, **given)
    if field.reads in (fields.TEXT, fields.KEY):
        return serializers.CharField(max_length=field.longest, **given)
    if field.reads == fields.CURRENCY:
        return serializers.RegexField(r"^[A-Z]{3}$", **given)
    member: serializers.Field[Any, Any, Any, Any] = _PLAIN[field.reads](**given)
    return member


_PLAIN: dict[str, Any] = {
    fields.PERSON: serializers.EmailField,
    fields.DATE: serializers.DateField,
    fields.MOMENT: serializers.DateTimeField,
    fields.MONEY: Money,
    fields.NUMBER: Number,
    fields.YES_NO: serializers.BooleanField,
}
