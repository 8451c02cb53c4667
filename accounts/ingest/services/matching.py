"""Matches the columns of a file with fields: guessed, chosen, or by a saved mapping."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds import KINDS
from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import FURTHER, Field
from accounts.ingest.reading.readers import Column
from accounts.ingest.services.refusals import CannotMatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHIPPED = Path(__file__).parent.parent / "mappings"
READINGS = (fields.TEXT, fields.NUMBER, fields.YES_NO, fields.DATE, fields.MONTHS_BEFORE)
CHURN_WORDS = (
    ("yes", "churned"),
    ("no", "active"),
    ("true", "churned"),
    ("false", "active"),
    ("1", "churned"),
    ("0", "active"),
)


def guess(kind: str, header: Sequence[str], examples: Mapping[str, Sequence[str]]) -> list[Column]:
    """The columns whose names say what they are, each field at most once."""
    matched: list[Column] = []
    for field in KINDS[kind].fields:
        taken = {column.name for column in matched}
        name = next((name for name in header if name not in taken and field.goes_by(name)), None)
        if name is not None:
            matched.append(with_reading(field, name, examples.get(name, ())))
    return matched


def with_reading(field: Field, name: str, examples: Sequence[str]) -> Column:
    """A column for a field, read as its values suggest: yes and no of churn, whole numbers of tenure."""
    column = Column(field.name, name)
    words = {example.casefold() for example in examples}
    if field.name == "status" and words and words <= {word for word, _status in CHURN_WORDS}:
        return replace(column, values=CHURN_WORDS)
    if field.name == "customer_since_on" and words and all(word.isdigit() and int(word) <= 1200 for word in words):
        return replace(column, reading=fields.MONTHS_BEFORE)
    return column


def checked(kind: str, header: Sequence[str], columns: Sequence[Column]) -> list[Column]:
    """The columns if they can be imported. Raises CannotMatch naming the field or column, with the remedy."""
    seen: set[str] = set()
    for column in columns:
        field_of(kind, column)
        if column.field in seen:
            raise CannotMatch(
                _("Two columns go to “%(field)s”. Keep one.") % {"field": label(kind, column.field)}, field=column.field
            )
        if column.name is not None and column.name not in header:
            raise CannotMatch(
                _("The file has no column “%(column)s”. Its columns are: %(known)s.")
                % {"column": column.name, "known": ", ".join(header)[:500]},
                field=column.field,
            )
        seen.add(column.field)
    if missing := [field for field in KINDS[kind].fields if field.needed and field.name not in seen]:
        text = _("No column goes to “%(field)s”, and every row needs it. Choose one of: %(known)s.")
        raise CannotMatch(text % {"field": missing[0].label, "known": ", ".join(header)[:500]}, field=missing[0].name)
    return list(columns)


def field_of(kind: str, column: Column) -> Field:
    """The field a column goes to, with the reading chosen for it. Raises CannotMatch for one that this kind does not have."""
    known = next((field for field in KINDS[kind].fields if field.name == column.field), None)
    if (
        known is None
        and KINDS[kind].takes_further_fields
        and column.field.startswith(FURTHER)
        and len(column.field) > len(FURTHER)
    ):
        reading = column.reading if column.reading in fields.FURTHER_READINGS else fields.TEXT
        return Field(column.field, column.field.removeprefix(FURTHER), reading, longest=2000)
    if known is None:
        names = ", ".join(field.name for field in KINDS[kind].fields)
        raise CannotMatch(
            _("There is no field “%(field)s” here. Fields are: %(known)s.") % {"field": column.field, "known": names},
            field=column.field,
        )
    if (
        column.reading
        and column.reading != known.reads
        and (known.reads, column.reading) != (fields.DATE, fields.MONTHS_BEFORE)
    ):
        raise CannotMatch(
            _("“%(field)s” cannot be read as %(reading)s. Read it as %(known)s.")
            % {"field": known.label, "reading": column.reading, "known": known.reads},
            field=column.field,
        )
    return known


def is_known(kind: str, column: Column) -> bool:
    """Whether a column goes to a field that this kind has, in a way it can be read."""
    try:
        field_of(kind, column)
    except CannotMatch:
        return False
    return True


def label(kind: str, field: str) -> str:
    """A field's name for people."""
    return next((str(known.label) for known in KINDS[kind].fields if known.name == field), field.removeprefix(FURTHER))


def kept(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """The columns as they are kept in a batch or a mapping."""
    return [asdict(column) | {"values": dict(column.values)} for column in columns]


def taken_out(kept_columns: Sequence[Mapping[str, Any]]) -> list[Column]:
    """The columns from what is kept. Raises CannotMatch for what is no matched column."""
    try:
        return [
            Column(
                **{**entry, "values": tuple((str(key), str(value)) for key, value in entry.get("values", {}).items())}
            )
            for entry in kept_columns
        ]
    except (TypeError, AttributeError) as error:
        raise CannotMatch(_("This mapping cannot be read. Match the columns again and save it anew.")) from error


def fitting(columns: Sequence[Column], header: Sequence[str]) -> list[Column]:
    """The columns of a mapping that this file has; names may differ in case, spaces and marks."""
    by_plain = {fields.plain_name(name): name for name in reversed(header)}
    named = [
        replace(column, name=by_plain.get(fields.plain_name(column.name)) if column.name else None)
        for column in columns
    ]
    return [
        column for column, wanted in zip(named, columns, strict=True) if wanted.name is None or column.name is not None
    ]


def shipped(kind: str) -> dict[str, list[Column]]:
    """The mappings that come with the product, by name."""
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.json"))]
    return {each["name"]: taken_out(each["columns"]) for each in read if each["kind"] == kind}
