"""Asks for rows by the tenant's own fields. Only keys that have a definition can be asked for, and they reach SQL as parameters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _

from accounts.models import CustomField
from accounts.sql import custom_fields as statements
from cshub.db.reading import read
from cshub.l10n import formats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    Rows = TypeVar("Rows", bound=QuerySet[Any])

SAMPLE = 20_000
MOST_DECIMALS = 6  # that are shown
LOOKUPS = ("exact", "gte", "lte")
_Kind = CustomField.Kind


@dataclass(frozen=True)
class FieldValue:
    """One field of a row and what it holds; None: nothing yet."""

    field: CustomField
    value: Any

    @property
    def said(self) -> str:
        """The value as people write it."""
        return said_value(self.value, str(self.field.kind))


@dataclass(frozen=True)
class UnnamedKey:
    """A key that rows hold and no field defines: how often among the rows looked at, and which kind fits."""

    key: str
    count: int
    kind: str


def fields_of(subject: str, *, with_archived: bool = False) -> list[CustomField]:
    """The tenant's fields of accounts, contacts or contracts, by label. One query."""
    return read(CustomField, statements.FIELDS, {"subject": subject, "with_archived": with_archived})


def values_of(subject: str, attributes: Mapping[str, Any]) -> tuple[list[FieldValue], list[tuple[str, str]]]:
    """What a row holds: by field, and under keys that have none, as people write it. One query."""
    fields = fields_of(subject, with_archived=True)
    named = {field.key for field in fields}
    held = [FieldValue(field, attributes.get(field.key)) for field in fields if field.archived_at is None]
    return held, sorted((key, said_value(value)) for key, value in attributes.items() if key not in named)


def said_value(value: Any, kind: str = "") -> str:
    """A kept value in the reader's language: numbers with the decimals that they have, days as days, a dash where there is nothing."""
    if value is None:
        return formats.DASH
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, int | float):
        return formats.number(value, decimals=_decimals(value))
    return formats.date(date.fromisoformat(value)) if kind == _Kind.DATE else str(value)


def _decimals(value: float) -> int:
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return min(MOST_DECIMALS, max(0, -exponent)) if isinstance(exponent, int) else 0


def unnamed_keys(subject: str) -> list[UnnamedKey]:
    """What came in with files or the API under keys nobody defined, most frequent first; read from a sample. One query."""
    rows = statements.unnamed(subject, sample=SAMPLE)
    return [
        UnnamedKey(key, count, str(_Kind.NUMBER if is_number else _Kind.YES_NO if is_flag else _Kind.TEXT))
        for key, count, is_number, is_flag in rows
    ]


def matching(rows: Rows, conditions: Sequence[tuple[CustomField, str, Any]]) -> Rows:
    """Rows whose field is (`exact`), is at least (`gte`) or at most (`lte`) the value, as the field keeps it."""
    for place, (field, lookup, value) in enumerate(conditions):
        if lookup == "exact":
            rows = rows.filter(attributes__contains={field.key: value})
        else:
            name = f"further_{place}"
            rows = rows.alias(**{name: KeyTransform(field.key, "attributes")}).filter(**{f"{name}__{lookup}": value})
    return rows
