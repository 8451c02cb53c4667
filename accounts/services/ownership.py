"""Remembers who looked after an account, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.sql import ownership

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID


@transaction.atomic
def reconcile_owners(accounts: Sequence[UUID] | None = None, *, as_of: datetime) -> int:
    """Bring the history of owners in step with the present owner of these accounts (None: of all); how many rows were written.

    Whoever changes owners calls it in the same transaction. An account's first owner counts from the day it was recorded.
    """
    return ownership.reconcile(accounts, as_of=as_of)
