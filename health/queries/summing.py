"""Health of many accounts summed up: by the number of accounts and by their revenue, with what is unknown counted apart."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, get_args

from health.models import Band
from health.sql import rollups as statements
from health.sql.rollups import By, Narrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

MOST_GROUPS = 200
HUNDREDTH = Decimal("0.01")
WAYS: tuple[By, ...] = get_args(By)
EVERYBODY = Narrow()


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

    Sums in different currencies are never added up. `key` is the id of an owner, parent or segment, or the text of the field segment; empty for those without.
    """

    key: str
    label: str
    account_count: int
    unknown_count: int
    mean: Decimal | None
    bands: dict[str, int]
    money: tuple[Money, ...]


@dataclass(frozen=True)
class RollUpPage:
    """Groups, the largest first; `after` is where the next page begins, None at the end."""

    groups: tuple[RollUp, ...]
    after: tuple[int, str] | None


def rollups(
    by: By,
    narrow: Narrow = EVERYBODY,
    *,
    parent: UUID | None = None,
    at: datetime | None = None,
    after: tuple[int, str] | None = None,
    limit: int = MOST_GROUPS,
) -> RollUpPage:
    """A page of at most `limit` groups, the largest first; only customers count. One query.

    Each account stands in one group; by in_segment in each segment whose rule it meets, and in the empty key where it meets none.
    By parent: an account with all that stand below it; those that stand alone are together under the empty key. With `parent`, that
    account by itself and each of its children with all below. With `at` (not later than now): verdicts, revenue, owners, memberships
    and who was a customer as known at that moment; the fields segment and parent as they are now. Where nobody had scored an account by
    then it is unknown. Accounts merged since stand apart as they did.
    """
    rows = statements.rolled_up(by, narrow, parent=parent, at=at, after=after, most=limit + 1)
    found = tuple(_rolled_up(key, list(group)) for key, group in groupby(rows, key=lambda row: str(row.key)))
    last = found[limit - 1] if len(found) > limit else None
    return RollUpPage(found[:limit], (last.account_count, last.key) if last else None)


def read_as_today(by: By, narrow: Narrow, *, at: datetime | None) -> tuple[str, ...]:
    """What has no past and is read as it is now in a sum of a past day: the fields segment and parent, where the sum asks for them."""
    asked = {"segment": by == "segment" or narrow.segment is not None, "parent": by == "parent"}
    return tuple(name for name, is_asked in asked.items() if is_asked) if at else ()


def portfolio(narrow: Narrow = EVERYBODY, *, at: datetime | None = None) -> RollUp | None:
    """All customers as one group, now or at a past moment; None without any. One query."""
    return next(iter(rollups("portfolio", narrow, at=at).groups), None)


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
