"""Reads rows of a statement as objects of a model: on a page that asks thirty things, putting querysets together costs more than their answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, models

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = TypeVar("Row", bound=models.Model)


def read(model: type[Row], statement: str, values: Mapping[str, Any]) -> list[Row]:
    """One query, prepared once for each session.

    Columns of the model become its fields, `owner__name` a field of the object that `owner` names (None where its key is null), others
    attributes beside them; a field that was not read is asked for when it is used.
    """
    return [_object(model, record) for record in sql.records(statement, values, often=True)]


def columns(model: type[models.Model], alias: str, relation: str = "") -> str:
    """All columns of a model for a statement; with a relation as those of the object it names."""
    named = f"{relation}__" if relation else ""
    return ", ".join(f'{alias}."{each.column}" AS {named}{each.attname}' for each in model._meta.concrete_fields)


def _object(model: type[Row], record: Mapping[str, Any]) -> Row:
    fields = [field for field in model._meta.concrete_fields if field.attname in record]
    own = [field.attname for field in fields]  # from_db wants them in the order of the model
    found = model.from_db(DEFAULT_DB_ALIAS, own, [_value(field, record[field.attname]) for field in fields])
    related: dict[str, dict[str, Any]] = {}
    for name in record.keys() - set(own):
        relation, parts, column = name.partition("__")
        if parts:
            related.setdefault(relation, {})[column] = record[name]
        else:
            setattr(found, name, record[name])
    for relation, theirs in related.items():
        _put_beside(found, relation, theirs)
    return found


def _put_beside(found: models.Model, relation: str, record: Mapping[str, Any]) -> None:
    field: Any = found._meta.get_field(relation)
    is_there = record[field.related_model._meta.pk.attname] is not None
    field.set_cached_value(found, _object(field.related_model, record) if is_there else None)


def _value(field: Any, value: Any) -> Any:
    """As Django would give it: JSON comes as text."""
    return json.loads(value) if isinstance(field, models.JSONField) and value is not None else value
