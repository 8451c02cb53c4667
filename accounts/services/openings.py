"""Records the first contract of accounts that are new, with its money, many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.sql import openings as statements
from cshub.audit import services as audit

if TYPE_CHECKING:
    from datetime import datetime

    from cshub.users.models import User

NAMED = 100


@transaction.atomic
def open_contracts_in(table: str, *, by: User | None, as_of: datetime) -> None:
    """What `record_contracts_in` and `refresh_renewals` come to for accounts that this transaction added, for a fifth of the work: nobody
    else can have seen these, so there is nothing to lock, to compare or to add up.

    Each row of the temporary table becomes an active contract with one line, its first movement, the account's revenue and, where it ends,
    its renewal: account_id, contract_id, contract (external ID), line_id, line, movement_id, starts_on, ends_on (later, or null),
    term_months, currency, arr (in cents, more than 0). One row an account; the constraints of the database look again.
    """
    statements.write(table, as_of=as_of)
    count, total, contracts = statements.summary(table, NAMED)
    audit.record("contracts.recorded", target=None, by=by, at=as_of, after={"count": count, "contracts": contracts})
    after = {"movements": count, "arr_change": total, "contract_count": count, "contracts": contracts}
    audit.record("revenue.revised", target=None, by=by, at=as_of, after=after)
