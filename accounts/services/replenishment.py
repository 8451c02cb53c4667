"""Keeps what each account's orders say about when its stock runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.engine import FARTHEST_DAYS, FEWEST_ORDERS, t_quantiles
from accounts.sql import replenishment as statements

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID


@transaction.atomic
def refresh_replenishments(*, as_of: datetime, accounts: Sequence[UUID] | None = None) -> int:
    """Tell anew when stock runs out, of the accounts whose orders changed (or of those given); returns how many dates were written.

    Per account and product: under three days with orders the date is unknown; beyond see accounts.engine.run_out. A second run writes none.
    """
    found = statements.changed_accounts() if accounts is None else list(accounts)
    if not found:
        return 0
    return statements.refresh(found, quantiles=t_quantiles(), fewest=FEWEST_ORDERS, farthest=FARTHEST_DAYS, as_of=as_of)
