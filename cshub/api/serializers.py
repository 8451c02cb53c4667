"""What goes in and out of the API: nothing unknown, nothing read-only, and only the fields one asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cshub.api.filters import nearest

AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
TEXTS = {
    serializers.CharField,
    serializers.EmailField,
    serializers.URLField,
    serializers.SlugField,
    serializers.ChoiceField,
}


class Strict:
    """Refuses unknown and read-only fields by name; answers the fields of `?fields=` and the relations of `?expand=` when there.

    `expandable` maps a field to the serializer class that replaces its id: {"owner": UserSerializer}.
    """

    expandable: ClassVar[Mapping[str, type[serializers.BaseSerializer[Any]]]] = {}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields: dict[str, serializers.Field[Any, Any, Any, Any]] = super().get_fields()  # type: ignore[misc]
        for name in self._asked("expand") or ():
            fields[name] = self.expandable[name](read_only=True, allow_null=True)
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (errors := self._refused(data)):
            try:
                super().to_internal_value(data)  # type: ignore[misc]
            except serializers.ValidationError as error:
                if isinstance(error.detail, dict):
                    errors = {**dict[str, Any](error.detail), **errors}
            raise serializers.ValidationError(errors)
        return super().to_internal_value(data)  # type: ignore[misc]

    @property
    def _readable_fields(self) -> Iterator[serializers.Field[Any, Any, Any, Any]]:
        wanted = self._asked("fields")
        for field in super()._readable_fields:  # type: ignore[misc]
            if wanted is None or field.field_name in wanted:
                yield field

    def _asked(self, parameter: str) -> list[str] | None:
        parent = getattr(self, "parent", None)
        is_outermost = parent is None or (isinstance(parent, serializers.ListSerializer) and parent.parent is None)
        context: Mapping[str, Any] = getattr(self, "_context", {}) if parent is None else parent._context
        return context.get(parameter) if is_outermost else None

    def _refused(self, data: Mapping[str, Any]) -> dict[str, list[Any]]:
        fields: Mapping[str, serializers.Field[Any, Any, Any, Any]] = self.fields  # type: ignore[attr-defined]
        writable = [name for name, field in fields.items() if not field.read_only]
        errors: dict[str, list[Any]] = {}
        for name in data:
            if name not in fields:
                errors[str(name)[:100]] = [
                    serializers.ErrorDetail(f"There is no such field. {nearest(str(name), writable)}", "unknown_field")
                ]
            elif fields[name].read_only:
                errors[name] = [serializers.ErrorDetail("This field cannot be set. Leave it out.", "read_only")]
            elif type(fields[name]) in TEXTS and isinstance(data[name], int | float):
                errors[name] = [serializers.ErrorDetail("Not a text. Write it in quotes.", "invalid")]
        return errors


class StrictSerializer(Strict, serializers.Serializer[Any]):  # type: ignore[misc]
    """For input of a verb, or rows that are no model."""


class StrictModelSerializer(Strict, serializers.ModelSerializer[Any]):  # type: ignore[misc]
    """For a model. Writing is done by a verb of services.py, never by the serializer."""

    def create(self, validated_data: dict[str, Any]) -> Any:
        raise NotImplementedError("Call a verb of services.py in create_row().")

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        raise NotImplementedError("Call a verb of services.py in change_row().")


@extend_schema_field(
    {
        "type": "object",
        "required": ["amount", "currency"],
        "properties": {
            "amount": {"type": "string", "pattern": r"^-?\d{1,15}(\.\d{1,6})?$", "examples": ["186000.00"]},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["EUR"]},
        },
    }
)
class MoneyField(serializers.Field[Any, Any, Any, Any]):
    """{"amount": "186000.00", "currency": "EUR"} over two attributes of the row; amounts are text, never floats.

    `MoneyField(amount="arr", currency="currency")` reads row.arr and row.currency; validated data gets the same two names.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "shape": 'Write money as {{"amount": "186000.00", "currency": "EUR"}}.',
        "amount": 'The amount {value} is not a decimal number written as text, such as "186000.00".',
        "places": "The amount {value} has more than {places} decimal places.",
        "currency": "The currency {value} is not three capital letters, such as EUR.",
    }

    def __init__(self, *, amount: str, currency: str, decimal_places: int = 2, **kwargs: Any) -> None:
        self.amount, self.currency, self.decimal_places = amount, currency, decimal_places
        super().__init__(source="*", **kwargs)

    def to_representation(self, row: Any) -> dict[str, str] | None:
        read = row.get if isinstance(row, Mapping) else lambda name: getattr(row, name)
        amount = read(self.amount)
        return (
            None
            if amount is None
            else {"amount": f"{Decimal(amount):.{self.decimal_places}f}", "currency": str(read(self.currency))}
        )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping) or set(data) != {"amount", "currency"}:
            self.fail("shape")
        amount, currency = data["amount"], data["currency"]
        if not isinstance(amount, str) or not AMOUNT.fullmatch(amount):
            self.fail("amount", value=repr(amount)[:40])
        if len(amount.partition(".")[2]) > self.decimal_places:
            self.fail("places", value=amount, places=self.decimal_places)
        if not isinstance(currency, str) or not CURRENCY.fullmatch(currency):
            self.fail("currency", value=repr(currency)[:40])
        return {self.amount: Decimal(amount), self.currency: currency}
