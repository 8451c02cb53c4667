"""The account list: one page of rows with verdict, work and owner; the summary above it; the counts of its tabs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import Q, Sum

from accounts.models import Account, Interaction
from accounts.querysets import AccountQuerySet
from cshub.db import sql
from cshub.users.models import User
from cshub.web.queries.cursors import Cursor, slice_of
from cshub.web.sql.lists import TAB_COUNTS, WORK
from health.queries import BandShare, RowVerdict, bands_summary, verdicts

ROWS = 50
COUNTED = 1000  # beyond it a count reads “1,000+”
SOON_DAYS = 120
SHARE_DAYS = 90
KEPT_SECONDS = 60
COLUMNS = (
    "external_id",
    "name",
    "status",
    "owner__name",
    "revenue__arr",
    "revenue__currency",
    "revenue__next_renewal_on",
    "health__score",
)
VALUE_COLUMNS = (
    *("value__amount", "value__low", "value__high", "value__cost", "value__currency"),
    *("value__tier", "value__method", "value__months", "value__computed_at"),
)


@dataclass(frozen=True)
class Work:
    """What was done and what comes next. Minutes are of the past 90 days; None where nothing is known. `sentiment`: the last word that still counts, if any."""

    touched_at: datetime | None
    proactive_minutes: int
    minutes: int
    next_title: str
    next_due_on: date | None
    sentiment: str


@dataclass(frozen=True)
class Worth:
    """What an account is worth over `months` with its 95 % interval, and what serving it cost in the past year; None where it is not known. `tier` is empty before the first valuation."""

    amount: Decimal | None
    low: Decimal | None
    high: Decimal | None
    cost: Decimal | None
    currency: str
    tier: str
    method: str
    months: int | None
    computed_at: datetime | None


@dataclass(frozen=True)
class AccountRow:
    """One account of a list. `verdict` is None before the first scoring, `worth` where it was not asked for."""

    pk: UUID
    external_id: str
    name: str
    status: str
    owner_name: str
    arr: Decimal | None
    currency: str
    renewal_on: date | None
    verdict: RowVerdict | None
    work: Work
    worth: Worth | None = None


@dataclass(frozen=True)
class AccountPage:
    """Rows in the order asked for. `count` stops at 1,001."""

    rows: list[AccountRow]
    before: Cursor | None
    after: Cursor | None
    count: int


@dataclass(frozen=True)
class Summary:
    """The strip above the list: one's own book, or every account for who has none. Sums by currency, largest first; the share 0-1."""

    is_own_book: bool
    arr: tuple[tuple[str, Decimal], ...]
    renewing: tuple[tuple[str, Decimal], ...]
    at_risk: tuple[tuple[str, Decimal], ...]
    proactive_share: Decimal | None
    bands: tuple[BandShare, ...]


@dataclass(frozen=True)
class TabCounts:
    """How many accounts the built-in views hold; each stops at 1,001."""

    every: int
    own: int
    renewing: int
    at_risk: int


def account_page(
    accounts: AccountQuerySet, *, sort: str, at: Cursor | None, as_of: datetime, with_value: bool = False
) -> AccountPage:
    """One page of a list, and how many accounts it has up to 1,001. Five queries, six where the values of the sort end.

    What accounts are worth is read `with_value` only, in the same queries; a sort by it needs it.
    """
    columns = (*COLUMNS, *VALUE_COLUMNS) if with_value else COLUMNS
    part = slice_of(accounts, sort=sort, at=at, columns=columns, limit=ROWS)
    return AccountPage(
        account_rows(part.rows, as_of=as_of), part.before, part.after, accounts.order_by()[: COUNTED + 1].count()
    )


def account_rows(found: list[dict[str, Any]], *, as_of: datetime) -> list[AccountRow]:
    """Accounts, read with COLUMNS and perhaps VALUE_COLUMNS, beside their verdicts and work. Three queries for all of them."""
    ids = [each["pk"] for each in found]
    said = verdicts(ids, as_of=as_of) if ids else {}
    work = _work(ids, as_of=as_of)
    return [
        AccountRow(
            pk=each["pk"],
            external_id=each["external_id"],
            name=each["name"],
            status=each["status"],
            owner_name=each["owner__name"] or "",
            arr=each["revenue__arr"],
            currency=each["revenue__currency"] or "",
            renewal_on=each["revenue__next_renewal_on"],
            verdict=said.get(each["pk"]),
            work=work[each["pk"]],
            worth=_worth(each) if "value__tier" in each else None,
        )
        for each in found
    ]


def summary(user: User, *, as_of: datetime) -> Summary:
    """One's own book; without one the sums over every account. Three queries, then none for a minute; see `forget_summary`."""
    book = Account.objects.owned_by(user)
    own = _kept(_key(user), lambda: _summary(book, Q(account__owner=user), as_of=as_of, is_own_book=True))
    if own.bands:
        return own
    return _kept("accounts.summary", lambda: _summary(Account.objects.present(), Q(), as_of=as_of, is_own_book=False))


def forget_summary(*people: User | None) -> None:
    """Say that the books of these people changed just now."""
    cache.delete_many(_key(person) for person in people if person is not None)


def tab_counts(user: User, *, today: date) -> TabCounts:
    """How many accounts each built-in view holds. One query."""
    values = {
        "user": user.pk,
        "today": today,
        "until": today + timedelta(days=SOON_DAYS),
        "most": COUNTED + 1,
    }
    return TabCounts(*sql.rows(TAB_COUNTS, values, often=True)[0])


def _key(user: User) -> str:
    return f"accounts.summary.{user.pk}"


def _kept(key: str, ask: Callable[[], Summary]) -> Summary:
    found: Summary | None = cache.get_or_set(key, ask, KEPT_SECONDS)
    assert found is not None
    return found


def _work(ids: list[UUID], *, as_of: datetime) -> dict[UUID, Work]:
    values = {"ids": ids, "as_of": as_of, "since": as_of - timedelta(days=SHARE_DAYS)}
    return {
        pk: Work(at, proactive or 0, total or 0, title or "", due_on, level or "")
        for pk, at, proactive, total, title, due_on, level in (sql.rows(WORK, values, often=True) if ids else [])
    }


def _worth(found: dict[str, Any]) -> Worth:
    return Worth(
        amount=found["value__amount"],
        low=found["value__low"],
        high=found["value__high"],
        cost=found["value__cost"],
        currency=found["value__currency"] or "",
        tier=found["value__tier"] or "",
        method=found["value__method"] or "",
        months=found["value__months"],
        computed_at=found["value__computed_at"],
    )


def _summary(accounts: AccountQuerySet, of_accounts: Q, *, as_of: datetime, is_own_book: bool) -> Summary:
    today = as_of.date()
    bands = bands_summary(accounts)
    renewing = (
        accounts.renewing_between(today, today + timedelta(days=SOON_DAYS))
        .order_by()
        .values_list("revenue__currency")
        .annotate(arr=Sum("revenue__arr"))
    )
    minutes = (
        Interaction.objects.filter(of_accounts)
        .between(as_of - timedelta(days=SHARE_DAYS), as_of)
        .aggregate(total=Sum("minutes"), proactive=Sum("minutes", filter=Q(mode="proactive")))
    )
    return Summary(
        is_own_book=is_own_book,
        arr=_by_currency([(share.currency, share.arr) for share in bands]),
        renewing=_by_currency(list(renewing)),
        at_risk=_by_currency([(share.currency, share.arr) for share in bands if share.band == "risk"]),
        proactive_share=Decimal(minutes["proactive"] or 0) / minutes["total"] if minutes["total"] else None,
        bands=bands,
    )


def _by_currency(amounts: list[tuple[str, Decimal]]) -> tuple[tuple[str, Decimal], ...]:
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        if currency:
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    return tuple(sorted(sums.items(), key=lambda entry: -entry[1]))
