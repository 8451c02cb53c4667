"""Accounts whose health rose or fell most since a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from health.queries.lists import reasons
from health.queries.summing import EVERYBODY
from health.sql.rollups import Narrow, moved

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

SHOWN = 10


@dataclass(frozen=True)
class Mover:
    """An account with its score then and now; `arr` and `currency` are None without a contract."""

    account_id: UUID
    name: str
    owner: str
    arr: Decimal | None
    currency: str | None
    before: Decimal
    before_band: str
    score: Decimal
    band: str
    change: Decimal
    reason: str


@dataclass(frozen=True)
class Movers:
    """Ten at most of each, the furthest first."""

    fallen: tuple[Mover, ...]
    risen: tuple[Mover, ...]


def movers(narrow: Narrow = EVERYBODY, *, since: datetime) -> Movers:
    """Those that had a score at `since` and have another one now. Three queries, four where a person set one."""
    return explained(furthest(narrow, since=since))


def furthest(narrow: Narrow = EVERYBODY, *, since: datetime) -> tuple[Mover, ...]:
    """The same without their reasons, which are said in the language of who reads them. One query."""
    return tuple(
        Mover(
            account_id=row.id,
            name=row.name,
            owner=row.owner or "",
            arr=row.arr,
            currency=row.currency,
            before=row.was_score,
            before_band=row.was_band,
            score=row.score,
            band=row.band,
            change=row.change,
            reason="",
        )
        for row in moved(since=since, narrow=narrow, most=SHOWN)
    )


def explained(found: Sequence[Mover]) -> Movers:
    """These with the reasons of their verdicts of now. Two queries, three where a person set one."""
    why = reasons([each.account_id for each in found])
    told = [replace(each, reason=why.get(each.account_id, "")) for each in found]
    return Movers(
        fallen=tuple(each for each in told if each.change < 0), risen=tuple(each for each in told if each.change > 0)
    )
