"""What a change of a contract would do, told before it is done: it is done, read, and taken back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Contract, Renewal, RevenueMovement
from accounts.queries.commerce import next_anniversary
from accounts.services.shares import CENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from uuid import UUID

    from accounts.querysets import RevenueMovementQuerySet

DAYS_A_YEAR = 365


@dataclass(frozen=True)
class MovedEnd:
    """A contract that ends on another day; None: open-ended. `worth`: what its lines come to over the days in between, at ARR / 365 a day."""

    contract: str
    external_id: str
    before: date | None
    after: date | None
    days: int | None
    worth: Decimal | None
    currency: str


@dataclass(frozen=True)
class MovedRenewal:
    """A renewal that falls due on another day or for another amount, comes to be (nothing before), goes (nothing after) or is decided."""

    contract: str
    external_id: str
    before: date | None
    after: date | None
    arr_before: Decimal | None
    arr_after: Decimal | None
    currency: str
    decision: str = ""


@dataclass(frozen=True)
class ComingMovement:
    """A movement of revenue that would be booked."""

    kind: str
    line: str
    external_id: str
    occurred_on: date
    amount: Decimal
    currency: str

    @property
    def label(self) -> str:
        return str(RevenueMovement.Kind(self.kind).label)


@dataclass(frozen=True)
class ComingPrice:
    """What a line would be worth a year from the next anniversary on, where the escalator or the end moved."""

    line: str
    external_id: str
    occurred_on: date
    before: Decimal
    after: Decimal
    currency: str


@dataclass(frozen=True)
class Foreseen:
    """Everything that would differ at the account."""

    ends: tuple[MovedEnd, ...]
    renewals: tuple[MovedRenewal, ...]
    movements: tuple[ComingMovement, ...]
    prices: tuple[ComingPrice, ...]

    @property
    def digest(self) -> str:
        """The same for the same content: whoever saves has seen exactly this."""
        return hashlib.sha256(repr((self.ends, self.renewals, self.movements, self.prices)).encode()).hexdigest()


@dataclass(frozen=True)
class _Standing:
    contracts: dict[UUID, Contract]
    renewals: dict[UUID, MovedRenewal]


def foresee(contract: Contract, deed: Callable[[], object], *, as_of: datetime) -> Foreseen:
    """What `deed`, a verb about this contract, would change at its account as of `as_of`; nothing is kept. Raises what `deed` raises."""
    account = contract.account_id
    with transaction.atomic():
        before, known = _standing(account), set(_movements(account).values_list("pk", flat=True))
        deed()
        after = _standing(account)
        fresh = _movements(account).exclude(pk__in=known).select_related("line").order_by("occurred_on", "pk")
        movements = tuple(_coming(row) for row in fresh)
        transaction.set_rollback(True)
    return Foreseen(
        ends=tuple(_ends(before, after)),
        renewals=tuple(_renewals(before, after)),
        movements=movements,
        prices=tuple(_prices(before.contracts[contract.pk], after.contracts[contract.pk], as_of.date())),
    )


def _standing(account: UUID) -> _Standing:
    contracts = Contract.objects.filter(account=account).prefetch_related("lines").order_by("starts_on", "pk")
    renewals = Renewal.objects.filter(account=account).select_related("contract", "decision").order_by("due_on", "pk")
    return _Standing({row.pk: row for row in contracts}, {row.pk: _told(row) for row in renewals})


def _told(row: Renewal) -> MovedRenewal:
    decision, contract = row.decision.decision if hasattr(row, "decision") else "", row.contract
    return MovedRenewal(
        str(contract), contract.external_id, None, row.due_on, None, row.arr_due, row.currency, decision
    )


def _coming(row: RevenueMovement) -> ComingMovement:
    line, external_id = (str(row.line), row.line.external_id) if row.line else ("", "")
    return ComingMovement(row.kind, line, external_id, row.occurred_on, row.amount, row.currency)


def _movements(account: UUID) -> RevenueMovementQuerySet:
    found: RevenueMovementQuerySet = RevenueMovement.objects.filter(account=account)
    return found


def _ends(before: _Standing, after: _Standing) -> list[MovedEnd]:
    found = []
    for pk, now in after.contracts.items():
        was = before.contracts[pk]
        if was.ends_on == now.ends_on:
            continue
        days = (now.ends_on - was.ends_on).days if now.ends_on and was.ends_on else None
        arr = sum((line.arr for line in now.lines.all()), Decimal(0))
        worth = None if days is None else _cents(arr * days / DAYS_A_YEAR)
        found.append(MovedEnd(str(now), now.external_id, was.ends_on, now.ends_on, days, worth, now.currency))
    return found


def _renewals(before: _Standing, after: _Standing) -> list[MovedRenewal]:
    found = []
    for pk in dict.fromkeys([*before.renewals, *after.renewals]):
        was, now = before.renewals.get(pk), after.renewals.get(pk)
        shown = now or was
        if was == now or shown is None:
            continue
        found.append(
            MovedRenewal(
                contract=shown.contract,
                external_id=shown.external_id,
                before=was.after if was else None,
                after=now.after if now else None,
                arr_before=was.arr_after if was else None,
                arr_after=now.arr_after if now else None,
                currency=shown.currency,
                decision=now.decision if now else "",
            )
        )
    return found


def _prices(was: Contract, now: Contract, today: date) -> list[ComingPrice]:
    """What the next anniversary brings; where it would have brought something and no longer does, the price stays."""
    day = next_anniversary(now, today) or next_anniversary(was, today)
    if day is None or (was.escalator_percent == now.escalator_percent and was.ends_on == now.ends_on):
        return []
    factor = 1 + (now.escalator_percent or Decimal(0)) / 100 if next_anniversary(now, today) else Decimal(1)
    return [
        ComingPrice(str(line), line.external_id, day, line.arr, _cents(line.arr * factor), now.currency)
        for line in now.lines.all()
        if line.arr
    ]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)
