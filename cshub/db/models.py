"""What every table of a tenant has in common: an id of its own and a wall around its schema."""

from typing import Any, ClassVar

from django.db import models

from cshub.db.walls import WalledModel
from cshub.kernel.ids import uuid7


class NewId(models.Func):
    """A version 7 UUID made by the database, for rows that SQL inserts without Django."""

    template = (
        "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing "
        "substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid"
    )
    output_field = models.UUIDField()
    arity = 0


class TenantModel(WalledModel):
    """A row of one tenant. `append_only` tables may be inserted into and read, nothing else: the application's role has no other right."""

    append_only: ClassVar[bool] = False

    id = models.UUIDField(primary_key=True, default=uuid7, db_default=NewId(), editable=False)

    class Meta:
        abstract = True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.pk}>"


class AppendOnlyModel(TenantModel):
    """A row that is written once. Corrections are new rows."""

    append_only: ClassVar[bool] = True

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly(f"{type(self).__name__} rows are never changed; write a new one.")
        super().save(*args, **kwargs)


class AppendOnly(RuntimeError):
    """Somebody tried to change a row that is kept for ever."""
