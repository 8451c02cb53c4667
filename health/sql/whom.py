"""Whose facts a statement reads: everybody's, those of some accounts, or those of a span of account ids."""

from collections.abc import Collection
from enum import Enum
from uuid import UUID

START, END = "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"  # below and above every id


class Whom(Enum):
    """The value is the condition on a column that holds an account's id; the caller adds account_ids, or span_start and span_end."""

    ALL = ""
    SOME = "{column} = any(%(account_ids)s)"
    SPAN = "{column} >= %(span_start)s::uuid and {column} < %(span_end)s::uuid"

    def condition(self, column: str) -> str:
        """`true` where everybody is meant."""
        return self.value.format(column=column) or "true"


def from_first_to_last(account_ids: Collection[UUID]) -> dict[str, UUID]:
    """The span of ids that holds these accounts, as SPAN asks for it."""
    return {"span_start": min(account_ids), "span_end": UUID(int=max(account_ids).int + 1)}
