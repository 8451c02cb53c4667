"""The wall in Python: querysets and instances remember the schema they were born in and refuse to work in another."""

from collections.abc import Iterator
from typing import Any, Self, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model, covariant=True)


class TenantMismatch(RuntimeError):
    """An object of one tenant was used while another tenant was active."""


def active_schema() -> str:
    """The schema the connection works in now; no tenant is an error, never a silent `public`."""
    return str(connection.schema_name)


class WalledQuerySet(models.QuerySet[Row]):
    """A queryset that can only be used in the schema it was made in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._schema = active_schema()

    def _clone(self) -> Self:
        clone = super()._clone()
        clone._schema = self._schema
        return clone

    def _fetch_all(self) -> None:
        self._refuse_other_schema()
        super()._fetch_all()

    def _refuse_other_schema(self) -> None:
        if self._schema != active_schema():
            raise TenantMismatch(f"A queryset made in {self._schema} was used in {active_schema()}. Build it inside the tenant that uses it.")


class WalledModel(models.Model):
    """A model whose rows know their schema."""

    objects = WalledQuerySet.as_manager()

    class Meta:
        abstract = True
