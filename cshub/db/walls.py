"""The wall in Python: querysets and instances remember the schema they were born in and refuse to work in another."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Self, TypeVar

from django.conf import settings
from django.db import models

from cshub.db.active import ACTIVE, PUBLIC, TenantMismatch

__all__ = [
    "TenantMismatch",
    "WallRouter",
    "WalledModel",
    "WalledQuerySet",
    "lives_in_public",
    "refuse_stranger",
    "walled_models",
]

Row = TypeVar("Row", bound=models.Model, covariant=True)


class WalledQuerySet(models.QuerySet[Row]):
    """A queryset that can only be used in the schema it was made in.

    Made while no tenant is active (a class attribute, say) it belongs to nobody: the first use, or a clone, binds it.
    Django asks a queryset for its `db` exactly when it is about to send a statement, so that is where the wall stands.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._schema = ACTIVE.schema

    @property
    def db(self) -> str:
        self._bind()
        return super().db

    def iterator(self, chunk_size: int | None = None) -> Iterator[Row]:
        self._bind()
        return self._watched(super().iterator(chunk_size))

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._schema = self._schema or ACTIVE.schema
        return clone

    def _fetch_all(self) -> None:
        self._bind()
        super()._fetch_all()

    def _bind(self) -> None:
        """Take the active schema, or refuse: another one is active, none is, or the table is no part of it."""
        active = ACTIVE.schema
        if self._schema is None:
            self._schema = active
        if active is None:
            raise TenantMismatch(
                f"{self.model.__name__} rows were asked for while no tenant is active. Enter one with tenant_context()."
            )
        if self._schema != active:
            raise TenantMismatch(
                f"A queryset of {self.model.__name__} made in {self._schema} was used in {active}. Build it inside the tenant that uses it."
            )
        if active == PUBLIC and not lives_in_public(self.model):
            raise TenantMismatch(
                f"{self.model.__name__} rows belong to a tenant; the public schema has none. Enter a tenant with tenant_context()."
            )
        refuse_stranger(self._hints.get("instance"))  # type: ignore[attr-defined]

    def _watched(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Pass the rows on, looking before each that the tenant is still the same."""
        ACTIVE.open_iterators += 1
        try:
            for row in rows:
                self._bind()
                yield row
                self._bind()
        finally:
            ACTIVE.open_iterators -= 1


class WalledModel(models.Model):
    """A model whose rows know their schema. Each model names its own `objects`, made of a WalledQuerySet; a check refuses any other."""

    class Meta:
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._state.schema = ACTIVE.schema  # type: ignore[attr-defined]

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        refuse_stranger(self)
        super().refresh_from_db(*args, **kwargs)

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        refuse_stranger(self)
        super().save_base(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        refuse_stranger(self)
        return super().delete(*args, **kwargs)

    def _prepare_related_fields_for_save(self, operation_name: str, fields: Collection[Any] | None = None) -> None:
        """Django passes here before save, bulk_create and bulk_update: the row and all it points to have to be of this tenant."""
        refuse_stranger(self)
        for related in self._state.fields_cache.values():
            refuse_stranger(related)
        super()._prepare_related_fields_for_save(operation_name, fields)  # type: ignore[misc]


class WallRouter:
    """Looks at the instance behind every statement that Django routes: foreign keys and many-to-many tables are reached without a walled manager."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> None:
        refuse_stranger(hints.get("instance"))

    def db_for_write(self, model: type[models.Model], **hints: Any) -> None:
        refuse_stranger(hints.get("instance"))


def refuse_stranger(instance: Any) -> None:
    """Refuse a row that was born in another schema; one made while no tenant was active joins the first that uses it."""
    if not isinstance(instance, WalledModel):
        return
    state: Any = instance._state
    if state.schema is None:
        state.schema = ACTIVE.schema
    if state.schema != ACTIVE.schema:
        raise TenantMismatch(
            f"A {type(instance).__name__} of {state.schema} was used in {ACTIVE.schema or 'no tenant'}. Load it inside the tenant that uses it."
        )


def lives_in_public(model: type[models.Model]) -> bool:
    """Whether the model's table exists in the public schema too, as that of the platform's own people does."""
    return model._meta.app_config is not None and model._meta.app_config.name in settings.SHARED_APPS


def walled_models(models_: Iterable[type[models.Model]]) -> list[type[WalledModel]]:
    return [model for model in models_ if issubclass(model, WalledModel)]
