"""Notes whose facts changed, so that they alone are scored again, within a minute."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from accounts.sql import changed
from cshub.work.wake import wake_changes, wake_pipeline

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

GATHERED_FOR = timedelta(seconds=10)  # many changes make one turn
AT_ONCE = 5_000
SIDE_BY_SIDE = 25_000
ALONE = 3  # scoring an account alone costs as much as scoring so many of them in a whole turn
OF_CONTRACTS = "SELECT account_id FROM accounts_contract WHERE external_id = ANY (%(contracts)s)"  # to be `chosen`


@transaction.atomic
def note_changed(
    account_ids: Collection[UUID] | None = None,
    *,
    chosen: str = "",
    given: Mapping[str, Any] | None = None,
    as_of: datetime | None = None,
) -> None:
    """Say that facts of these accounts changed: the ids, or `chosen`, a SELECT of our own with a column `account_id` and its values `given`.

    Part of the caller's transaction: call it last, with the facts written. The accounts are scored again within a minute of `as_of`, or of
    the database's clock.
    """
    if not chosen and not account_ids:
        return
    as_of = as_of or changed.clock()
    if account_ids is None:
        changed.note_chosen(chosen, given or {}, as_of=as_of)
    else:
        changed.note(account_ids, as_of=as_of)
    wake_changes(due_at=as_of + GATHERED_FOR)


def take_changed() -> list[UUID]:
    """Take the notes of AT_ONCE accounts at most away, the oldest first. Score them in the same transaction: rolled back, they stand again.

    Where more wait and stand side by side, SIDE_BY_SIDE at most are taken in the order of their ids, as they can be read together.
    """
    if changed.do_wait(more_than=AT_ONCE):
        stretch = changed.stretch(SIDE_BY_SIDE)
        if are_side_by_side(stretch):
            return changed.take_stretch(stretch[0], stretch[-1])
    return changed.take(AT_ONCE)


def are_side_by_side(account_ids: Collection[UUID]) -> bool:
    """Whether these are many, and reading all accounts from the first to the last id costs less than reading each alone."""
    if len(account_ids) <= AT_ONCE:
        return False
    return not changed.is_sparse(min(account_ids), max(account_ids), than=ALONE * len(account_ids))


def follow_up(row_count: int, *, as_of: datetime) -> None:
    """Have so many rows of facts followed up, whose accounts are noted: these accounts alone, or a whole turn where that costs less.

    Part of the caller's transaction.
    """
    if changed.is_book_larger(ALONE * row_count):
        wake_changes(due_at=as_of + GATHERED_FOR)
    else:
        wake_pipeline(due_at=as_of)
