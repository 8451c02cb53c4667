"""Reads rows of a statement as objects of a model: on the page of an account, asking thirty querysets costs more than their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, models

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = TypeVar("Row", bound=models.Model)


def read(model: type[Row], statement: str, values: Mapping[str, Any]) -> list[Row]:
    """One query. Columns of the model become its fields, others attributes beside them; a field that was not read is asked for when it is used.

    JSON columns are not for it: Django reads them in its own way.
    """
    fields = [field.attname for field in model._meta.concrete_fields]
    return [_object(model, record, fields) for record in sql.records(statement, values)]


def _object(model: type[Row], record: dict[str, Any], fields: list[str]) -> Row:
    own = [name for name in fields if name in record]  # from_db wants them in the order of the model
    found = model.from_db(DEFAULT_DB_ALIAS, own, [record[name] for name in own])
    for name in record.keys() - set(own):
        setattr(found, name, record[name])
    return found
