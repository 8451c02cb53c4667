"""Accounts that look like one customer, side by side, with what each would bring into a merge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.ingest.quality.models import DuplicateSearch, LikelyDuplicate
from accounts.ingest.quality.sql.belongings import belongings
from accounts.models import Account

if TYPE_CHECKING:
    from accounts.ingest.quality.sql.belongings import Belongings
    from accounts.querysets import FactQuerySet

SHOWN = 25
FEW = 5_000


@dataclass(frozen=True)
class Side:
    """One account of a pair, with what would move if it went into the other."""

    account: Account
    belongings: Belongings


@dataclass(frozen=True)
class Pair:
    """Two accounts and what they have in common."""

    found: LikelyDuplicate
    first: Side
    second: Side


def open_pairs() -> FactQuerySet[LikelyDuplicate]:
    """Pairs nobody has settled, the strongest first."""
    return (
        LikelyDuplicate.objects.exclude(Q(first__status="merged") | Q(second__status="merged"))
        .select_related("first__owner", "first__revenue", "second__owner", "second__revenue")
        .order_by("-strength", "id")
    )


def pairs(found: list[LikelyDuplicate]) -> list[Pair]:
    """The pairs with what belongs to each account. One query."""
    kept = belongings([pk for each in found for pk in (each.first_id, each.second_id)])
    return [
        Pair(each, Side(each.first, kept[each.first_id]), Side(each.second, kept[each.second_id])) for each in found
    ]


def are_few() -> bool:
    """Whether comparing all accounts takes no longer than a page may. One query."""
    return Account.objects.order_by()[: FEW + 1].count() <= FEW


def latest_search() -> DuplicateSearch | None:
    """When accounts were last compared; None: not yet. One query."""
    return DuplicateSearch.objects.first()
