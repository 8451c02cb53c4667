"""Which accounts belong together: those that were merged, and those below one another."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from accounts.models import Account
from accounts.sql import hierarchy
from accounts.sql.aliases import KNOWN_ACCOUNTS, SURVIVORS
from cshub.db import sql

if TYPE_CHECKING:
    from uuid import UUID

MOST_SHOWN = 200
__all__ = [
    "KNOWN_ACCOUNTS",
    "SURVIVORS",
    "Branch",
    "RollUp",
    "Tree",
    "account_tree",
    "are_one",
    "descendant_ids",
    "family_ids",
    "roll_up",
]


@dataclass(frozen=True)
class Branch:
    """An account of a tree; `level` counts from the account asked about. `arr` and `currency` are None without a contract."""

    pk: UUID
    parent_id: UUID | None
    name: str
    external_id: str
    status: str
    level: int
    arr: Decimal | None
    currency: str | None


@dataclass(frozen=True)
class RollUp:
    """An account with all that stand below it, each counted once. `arr` by currency, largest first."""

    count: int
    arr: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Tree:
    """`above`: the way up, the top first. `branches`: the account and those below it, level by level, at most 200."""

    above: tuple[tuple[UUID, str], ...]
    branches: tuple[Branch, ...]
    roll_up: RollUp

    @property
    def is_alone(self) -> bool:
        """Nobody above, nobody below."""
        return not self.above and len(self.branches) < 2


def family_ids(account_id: UUID) -> list[UUID]:
    """The account and those that were merged into it: where its records stand. One query."""
    return [account_id, *(pk for (pk,) in sql.rows(hierarchy.MERGED_INTO, {"account": account_id}, often=True))]


def are_one(first: UUID, second: UUID) -> bool:
    """Whether the two are the same customer today: one account, or merged into one. One query at most."""
    if first == second:
        return True
    ids = Account.objects.filter(pk__in=[first, second]).values_list("pk", "merged_into")
    return len({merged_into or pk for pk, merged_into in ids}) == 1


def account_tree(account_id: UUID) -> Tree:
    """What stands above and below an account, and what they are worth together. Three queries, one for an account that stands alone."""
    branches = tuple(
        Branch(*row) for row in sql.rows(hierarchy.TREE, {"account": account_id, "most": MOST_SHOWN}, often=True)
    )
    if len(branches) == 1 and branches[0].parent_id is None and branches[0].pk == account_id:
        [only] = branches
        return Tree(
            (), branches, RollUp(1, ((only.currency, only.arr),) if only.currency and only.arr is not None else ())
        )
    above = tuple(reversed(hierarchy.path(account_id)[1:]))
    return Tree(above, branches, roll_up(account_id))


def roll_up(account_id: UUID) -> RollUp:
    """How many accounts stand in the tree below this one, itself included, and their revenue by currency. One query."""
    rows = sql.rows(hierarchy.ROLL_UP, {"account": account_id})
    return RollUp(
        sum(count for _currency, count, _arr in rows), tuple((currency, arr) for currency, _n, arr in rows if currency)
    )


def descendant_ids(account_id: UUID) -> list[UUID]:
    """The account and everything below it. One query."""
    return [pk for (pk,) in sql.rows(hierarchy.DESCENDANTS, {"account": account_id})]
