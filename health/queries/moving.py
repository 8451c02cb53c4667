"""Accounts whose health rose or fell most from a day to another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from health.queries.lists import Said, reasons_of
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
    """An account with its score before and after, and what the later one was told from; `arr` and `currency` are None without a contract."""

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
    told_from: Said
    reason: str = ""


@dataclass(frozen=True)
class Movers:
    """Ten of each unless more are asked for, the furthest first."""

    fallen: tuple[Mover, ...]
    risen: tuple[Mover, ...]


def movers(
    narrow: Narrow = EVERYBODY,
    *,
    since: datetime,
    at: datetime | None = None,
    bands_only: bool = False,
    most: int = SHOWN,
) -> Movers:
    """Those that had a score at `since` and have another one now, or had at `at` as it was known then. One query, two when a version of the
    formula is new, one more where a person set one."""
    return explained(furthest(narrow, since=since, at=at, bands_only=bands_only, most=most))


def furthest(
    narrow: Narrow = EVERYBODY,
    *,
    since: datetime,
    at: datetime | None = None,
    bands_only: bool = False,
    most: int = SHOWN,
) -> tuple[Mover, ...]:
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
            told_from=Said(row.version_id, row.reason, row.raw, row.override_id),
        )
        for row in moved(since=since, at=at, narrow=narrow, bands_only=bands_only, most=most)
    )


def explained(found: Sequence[Mover]) -> Movers:
    """These with the reasons of their verdicts. No query, one when a version of the formula is new, one more where a person set one."""
    why = reasons_of([each.told_from for each in found])
    told = [replace(each, reason=reason) for each, reason in zip(found, why, strict=True)]
    return Movers(
        fallen=tuple(each for each in told if each.change < 0), risen=tuple(each for each in told if each.change > 0)
    )
