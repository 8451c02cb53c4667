"""Health of many accounts summed up: by the number of accounts and by their revenue, with what is unknown counted apart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, get_args

from health.models import Band
from health.sql import rollups as statements
from health.sql.rollups import By

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

MOST_GROUPS = 200
HUNDREDTH = Decimal("0.01")
WAYS: tuple[By, ...] = get_args(By)


@dataclass(frozen=True)
class Money:
    """The revenue of a group in one currency. `mean` weighs each score by its revenue; None where nothing scored pays in it."""

    currency: str
    arr: Decimal
    unknown_arr: Decimal
    mean: Decimal | None
    bands: dict[str, Decimal]
    counts: dict[str, int]


@dataclass(frozen=True)
class RollUp:
    """A group of accounts. `mean` counts each scored account once; accounts without a score are in `unknown_count` and in no mean; where nobody scored them yet they are of the band unknown.

    Sums in different currencies are never added up. `key` is the id of an owner or parent, or the segment; empty for those without.
    """

    key: str
    label: str
    account_count: int
    unknown_count: int
    mean: Decimal | None
    bands: dict[str, int]
    money: tuple[Money, ...]


def rollups(
    by: By, *, owner: UUID | None = None, segment: str | None = None, parent: UUID | None = None
) -> tuple[RollUp, ...]:
    """At most 200 groups, the largest first; only customers count, each in one group.

    By parent: an account with all that stand below it; those that stand alone are together under the empty key. With `parent`, that
    account by itself and each of its children with all below. One query.
    """
    rows = statements.rolled_up(by, owner=owner, segment=segment, parent=parent, most=MOST_GROUPS)
    return tuple(_rolled_up(key, list(group)) for key, group in groupby(rows, key=lambda row: str(row.key)))


def portfolio(*, owner: UUID | None = None, segment: str | None = None) -> RollUp | None:
    """All customers as one group; None without any. One query."""
    return next(iter(rollups("portfolio", owner=owner, segment=segment)), None)


def _rolled_up(key: str, rows: Sequence[Any]) -> RollUp:
    scored = sum(row.scored_count for row in rows)
    count = sum(row.account_count for row in rows)
    total = sum((row.score_sum for row in rows if row.score_sum is not None), Decimal(0))
    return RollUp(
        key=key,
        label=rows[0].label,
        account_count=count,
        unknown_count=count - scored,
        mean=_mean(total, Decimal(scored)),
        bands={band: sum(getattr(row, f"{band}_count") for row in rows) for band in Band.values},
        money=tuple(_money(rows)),
    )


def _money(rows: Iterable[Any]) -> Iterable[Money]:
    for row in rows:
        if row.currency:
            yield Money(
                currency=row.currency,
                arr=row.arr,
                unknown_arr=row.arr - row.scored_arr,
                mean=_mean(row.weighted or Decimal(0), row.scored_arr),
                bands={band: getattr(row, f"{band}_arr") for band in Band.values},
                counts={band: getattr(row, f"{band}_count") for band in Band.values},
            )


def _mean(total: Decimal, weight: Decimal) -> Decimal | None:
    return (total / weight).quantize(HUNDREDTH) if weight else None
