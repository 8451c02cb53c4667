"""The first part of the page of customer value: what the whole book is worth, how that came about, and what of it is not known."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from cshub.l10n import formats
from health.value.models import Method, Tier
from health.value.sql import book as statements
from health.value.words import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from health.value.models import ValueFit

SHOWN = {"show": ["clv", "cost_to_serve", "value_tier"], "sort": "-clv"}


@dataclass(frozen=True)
class Sums:
    """Customers of one tier, or of all, in one currency; a sum is None where nothing of it is known. `low` and `high` are the ends of their intervals added up."""

    label: str
    url: str
    count: int
    arr: Decimal
    amount: Decimal | None
    low: Decimal | None
    high: Decimal | None
    cost: Decimal | None


@dataclass(frozen=True)
class Money:
    """The book in one currency; empty for customers of whom no money is known."""

    currency: str
    tiers: tuple[Sums, ...]
    whole: Sums


@dataclass(frozen=True)
class Book:
    """All of it. `methods` and `unknown` are (words, customers); `margins` the least and the greatest that were used; `told_at` when a value was last told."""

    moneys: tuple[Money, ...]
    methods: tuple[tuple[str, int], ...]
    unknown: tuple[tuple[str, int], ...]
    margins: tuple[Decimal, Decimal] | None
    told_at: datetime | None


def value_book() -> Book:
    """Two queries, whatever the size of the book; each reads the present values once."""
    kinds = statements.kinds()
    margins = [row for row in kinds if row.least_margin is not None]
    by_method = [(str(Method(row.method).label), row.count) for row in kinds if row.method and not row.refusal]
    values = [(_("value: %(why)s") % {"why": REFUSALS[row.refusal]}, row.count) for row in kinds if row.refusal]
    costs = [(_("cost to serve: %(why)s") % {"why": REFUSALS[row.cost_refusal]}, row.count) for row in kinds if row.cost_refusal]  # fmt: skip
    return Book(
        moneys=tuple(_money(code, list(rows)) for code, rows in groupby(statements.tiers(), lambda row: row.currency)),
        methods=_added(by_method),
        unknown=_added([*values, *costs]),
        margins=(min(row.least_margin for row in margins), max(row.most_margin for row in margins))
        if margins
        else None,
        told_at=max((row.told_at for row in kinds), default=None),
    )


def renewals(fit: ValueFit) -> list[tuple[str, str, str, str]]:
    """What was learned of how contracts are renewed, by the renewal: how many came up for it, were lost, and were made; empty for other fits."""
    told = fit.parameters or {}
    return [
        (
            formats.number(place),
            formats.number(exposed),
            formats.number(lost),
            formats.percent(Decimal(exposed - lost) / exposed),
        )
        for place, (exposed, lost) in enumerate(
            zip(told.get("exposed", ()), told.get("lost", ()), strict=True), start=1
        )
        if exposed
    ]


def _money(currency: str, rows: Sequence[Any]) -> Money:
    tiers = tuple(_sums(str(Tier(row.tier).label), [row], value_tier=row.tier) for row in rows)
    return Money(currency, tiers, _sums(_("All customers"), rows))


def _sums(label: str, rows: Sequence[Any], **narrowed: str) -> Sums:
    url = f"{reverse('accounts')}?{urlencode({**narrowed, **SHOWN}, doseq=True)}"
    sums = {name: _sum(getattr(row, name) for row in rows) for name in ("amount", "low", "high", "cost")}
    return Sums(label, url, sum(row.count for row in rows), sum((row.arr for row in rows), Decimal(0)), **sums)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def _added(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Counts of the same words together, the largest first."""
    found: dict[str, int] = {}
    for words, count in counts:
        found[words] = found.get(words, 0) + count
    return tuple(sorted(found.items(), key=lambda each: -each[1]))
