"""Keyset pages: where a page ended, in a form that fits into an address."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts.querysets import AccountQuerySet


@dataclass(frozen=True)
class Sort:
    """A column that lists can be ordered by. `starts_high`: its index runs from high to low. Accounts without a value come last."""

    path: str
    key: str
    read: Callable[[str], Any]
    starts_high: bool = False
    may_be_empty: bool = True


SORTS = {
    "name": Sort("name", "pk", str, may_be_empty=False),
    "arr": Sort("revenue__arr", "revenue__pk", Decimal, starts_high=True),
    "renewal": Sort("revenue__next_renewal_on", "revenue__pk", date.fromisoformat),
    "health": Sort("health__score", "health__pk", Decimal),
    "clv": Sort("value__amount", "value__pk", Decimal, starts_high=True),
    "cost_to_serve": Sort("value__cost", "value__pk", Decimal, starts_high=True),
}


@dataclass(frozen=True)
class Cursor:
    """The row a page begins after; `backwards`: the page that ends before it. `value` is None among the accounts without one."""

    value: Any
    pk: UUID
    backwards: bool = False

    def __str__(self) -> str:
        parts = [None if self.value is None else str(self.value), str(self.pk), self.backwards]
        return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Slice:
    """Rows of one page in the order asked for, and the cursors to both sides; None at an end."""

    rows: list[dict[str, Any]]
    before: Cursor | None
    after: Cursor | None


def cursor(text: str, *, sort: str) -> Cursor:
    """Read a cursor of this sort. Raises ValueError when the address was cut or the sort is another."""
    try:
        value, pk, backwards = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        read = SORTS[sort.lstrip("-")].read
        return Cursor(None if value is None else read(value), UUID(pk), bool(backwards))
    except (ArithmeticError, TypeError, AttributeError) as error:
        raise ValueError(text) from error


def slice_of(accounts: AccountQuerySet, *, sort: str, at: Cursor | None, columns: Sequence[str], limit: int) -> Slice:
    """`limit` accounts from `at` on by the sort (`name`, `-arr`…). One query, two where the values end. No OFFSET, no total."""
    backwards = at is not None and at.backwards
    rows = _walk(accounts, sort, at, columns, limit + 1)
    more = len(rows) > limit
    rows = rows[:limit][:: -1 if backwards else 1]
    if not rows:
        return Slice([], None, None)
    by = SORTS[sort.lstrip("-")]
    first, last = (Cursor(row[by.path], row["pk"]) for row in (rows[0], rows[-1]))
    return Slice(
        rows,
        before=replace(first, backwards=True) if (more if backwards else at is not None) else None,
        after=last if (backwards or more) else None,
    )


def _walk(
    accounts: AccountQuerySet, sort: str, at: Cursor | None, columns: Iterable[str], most: int
) -> list[dict[str, Any]]:
    by = SORTS[sort.lstrip("-")]
    columns = dict.fromkeys((*columns, by.path))
    backwards = at is not None and at.backwards
    stretches = [False, True] if by.may_be_empty else [False]  # with values, then without
    rows: list[dict[str, Any]] = []
    for empty in reversed(stretches) if backwards else stretches:
        here = at is not None and (at.value is None) == empty
        if at is not None and not here and empty == backwards:
            continue  # this stretch lies behind us
        ahead, order = _ordered(by, empty=empty, downwards=sort.startswith("-"), backwards=backwards)
        found = accounts.filter(**{f"{by.path}__isnull": empty}) if by.may_be_empty else accounts
        if at is not None and here:
            found = found.filter(_beyond(by, at, ahead))
        rows += found.order_by(*order).values("pk", *columns)[: most - len(rows)]
        if len(rows) >= most:
            break
    return rows


def _ordered(by: Sort, *, empty: bool, downwards: bool, backwards: bool) -> tuple[tuple[str, str], list[str]]:
    """Lookups that lead onward for value and key, and the order to match; it follows the column's index in one of its directions."""
    if empty:
        return ("", "lt" if backwards else "gt"), ["-pk" if backwards else "pk"]
    along_index = (downwards == by.starts_high) != backwards
    high_to_low = by.starts_high == along_index
    lookups = ("lt" if high_to_low else "gt", "gt" if along_index else "lt")
    return lookups, [("-" if high_to_low else "") + by.path, ("" if along_index else "-") + by.key]


def _beyond(by: Sort, at: Cursor, ahead: tuple[str, str]) -> Q:
    value, key = ahead
    if at.value is None:
        return Q(**{f"pk__{key}": at.pk})
    onward = Q(**{f"{by.path}__{value}": at.value}) | Q(**{by.path: at.value, f"{by.key}__{key}": at.pk})
    return Q(**{f"{by.path}__{value}e": at.value}) & onward
