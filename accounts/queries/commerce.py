"""What an account agreed to, bought, was billed and paid: everything its page shows, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from accounts.engine import seasonal_index
from accounts.models import Contract, Invoice, Order, Replenishment, RevenueMovement
from accounts.sql import buying

if TYPE_CHECKING:
    from uuid import UUID

WINDOW = timedelta(days=365)
SHOWN = 12


@dataclass(frozen=True)
class ContractRow:
    """A contract with what comes next: the last day for notice, and the next day on which its price goes up."""

    contract: Contract
    notice_by: date | None
    notice_given_on: date | None
    next_price_on: date | None


@dataclass(frozen=True)
class Season:
    """A month of the year against the average month of the account; 1 is average."""

    month: date
    index: float


@dataclass(frozen=True)
class Buying:
    """How an account bought in the window: medians, in the currency that most orders are in; None where nothing says."""

    window_days: int
    order_count: int
    currency: str | None
    typical_size: Decimal | None
    total: Decimal | None
    typical_days: Decimal | None
    seasons: tuple[Season, ...]


@dataclass(frozen=True)
class Commerce:
    """Everything templates/accounts/_commerce.html shows."""

    contracts: tuple[ContractRow, ...]
    movements: tuple[RevenueMovement, ...]
    buying: Buying
    run_outs: tuple[Replenishment, ...]
    orders: tuple[Order, ...]
    invoices: tuple[Any, ...]
    overdue_count: int


@dataclass(frozen=True)
class BuyingOverview:
    """How all accounts buy: repeat purchase rate over the window (0 to 1; None without a customer), and the seasons of the tenant."""

    window_days: int
    customers: int
    repeated: int
    seasons: tuple[Season, ...]

    @property
    def repeat_purchase_rate(self) -> float | None:
        return self.repeated / self.customers if self.customers else None


def commerce(account_id: UUID, *, as_of: datetime) -> Commerce:
    """The commerce of one account, as known at `as_of`; nine queries."""
    contracts = Contract.objects.filter(account=account_id).select_related("co_term_with").prefetch_related("lines")
    movements = RevenueMovement.objects.filter(account=account_id).known(as_of).select_related("line")
    run_outs = Replenishment.objects.filter(account=account_id).select_related("product").order_by("runs_out_on")
    invoices = Invoice.objects.filter(account=account_id).with_state(as_of).order_by("-issued_on", "-id")
    orders = Order.objects.filter(account=account_id).prefetch_related("lines__product")
    return Commerce(
        contracts=tuple(_contract(each, as_of.date()) for each in contracts.order_by("status", "starts_on", "id")),
        movements=tuple(movements.order_by("-occurred_on", "-id")[:SHOWN]),
        buying=_buying(account_id, as_of=as_of),
        run_outs=tuple(run_outs[:SHOWN]),
        orders=tuple(orders.order_by("-ordered_on", "-id")[:SHOWN]),
        invoices=tuple(invoices[:SHOWN]),
        overdue_count=Invoice.objects.filter(account=account_id).overdue(as_of).count(),
    )


def buying_overview(*, as_of: datetime, window_days: int = WINDOW.days) -> BuyingOverview:
    """How all accounts bought in the last `window_days`; two queries."""
    customers, repeated = buying.repeat(since=as_of.date() - timedelta(days=window_days), as_of=as_of)
    return BuyingOverview(window_days, customers, repeated, _seasons(None, as_of=as_of))


def next_anniversary(contract: Contract, today: date) -> date | None:
    """The next anniversary inside the term on which the escalator raises the price; None where there is none."""
    if not contract.escalator_percent or contract.status != Contract.Status.ACTIVE:
        return None
    year = (
        today.year if (today.month, today.day) < (contract.starts_on.month, contract.starts_on.day) else today.year + 1
    )
    day = _in_year(contract.starts_on, max(year, contract.starts_on.year + 1))
    return day if contract.ends_on is None or day < contract.ends_on else None


def _in_year(day: date, year: int) -> date:
    return day.replace(year=year) if (day.month, day.day) != (2, 29) else date(year, 2, 28)


def _contract(contract: Contract, today: date) -> ContractRow:
    given = contract.attributes.get("notice_given_on")
    return ContractRow(
        contract=contract,
        notice_by=contract.ends_on - timedelta(days=contract.notice_days) if contract.ends_on else None,
        notice_given_on=date.fromisoformat(given) if given else None,
        next_price_on=next_anniversary(contract, today),
    )


def _buying(account_id: UUID, *, as_of: datetime) -> Buying:
    found = buying.habits(account_id, since=as_of.date() - WINDOW, as_of=as_of)
    return Buying(
        window_days=WINDOW.days,
        order_count=found.order_count,
        currency=found.currency,
        typical_size=found.typical_size,
        total=found.total,
        typical_days=found.typical_days,
        seasons=_seasons(account_id, as_of=as_of),
    )


def _seasons(account_id: UUID | None, *, as_of: datetime) -> tuple[Season, ...]:
    """January first. The index speaks of the last twelve whole months' places in the year."""
    found = buying.months(account_id, as_of=as_of)
    index = seasonal_index([float(amount) for _month, amount in found])
    if index is None:
        return ()
    last = [month for month, _amount in found[-len(index) :]]
    return tuple(
        sorted(
            (Season(month, each) for month, each in zip(last, index, strict=True)),
            key=lambda season: season.month.month,
        )
    )
