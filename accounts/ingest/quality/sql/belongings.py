"""How much belongs to accounts: what would move if they were merged into another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

_COUNTS = """
    SELECT given.id,
        (SELECT count(*) FROM accounts_contract WHERE account_id = given.id),
        (SELECT count(*) FROM accounts_contact WHERE account_id = given.id),
        (SELECT count(*) FROM accounts_order WHERE account_id = given.id),
        (SELECT count(*) FROM accounts_invoice WHERE account_id = given.id),
        (SELECT count(*) FROM accounts_ticket WHERE account_id = given.id),
        (SELECT count(*) FROM accounts_surveyresponse WHERE account_id = given.id),
        (SELECT count(*) FROM accounts_attachment WHERE account_id = given.id AND removed_at IS NULL),
        (SELECT max(occurred_at) FROM accounts_interaction WHERE account_id = given.id),
        (SELECT max(day) FROM accounts_usagedaily WHERE account_id = given.id)
    FROM unnest(%(ids)s::uuid[]) given(id)
"""


@dataclass(frozen=True)
class Belongings:
    """What stands under an account, counted, and when something last happened there."""

    contracts: int
    contacts: int
    orders: int
    invoices: int
    tickets: int
    answers: int
    files: int
    touched_at: datetime | None
    used_on: date | None


def belongings(ids: Sequence[UUID]) -> dict[UUID, Belongings]:
    """By account. One query."""
    return {row[0]: Belongings(*row[1:]) for row in sql.rows(_COUNTS, {"ids": list(ids)})} if ids else {}
