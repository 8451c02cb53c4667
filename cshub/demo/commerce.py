"""What the simulated company sells beside subscriptions: orders with seasons, invoices and who pays them late, and customers abroad.

Its chance is a stream of its own, and all of it is learned at the very end: what is true about renewals stays as it was.
"""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

import numpy as np

from accounts import services
from accounts.models import Account, Contract, Invoice, Order, OrderLine, Payment, Product
from cshub.kernel.ids import uuid7
from cshub.users.models import User

STREAM = 5  # beside the seed, so that no other draw moves
BUYERS, BILLED = 60, 90
MONTHS = 27
PRODUCTS = (
    ("consumable-a", "Sensor cartridges", "box", 84, 30),
    ("consumable-b", "Calibration kits", "kit", 260, 75),
    ("consumable-c", "Label rolls", "roll", 9, 21),
)
SEASON = (0.8, 0.8, 1.0, 1.1, 1.0, 0.9, 0.7, 0.7, 1.1, 1.3, 1.4, 1.2)  # of demand, by month
ABROAD = ("Redwood Robotics", "Lakeshore Labs", "Summit Freight", "Pine Harbor Foods")
DOLLAR, EURO = "USD", "EUR"


@dataclass
class Shop:
    """What the making of facts shares."""

    rng: np.random.Generator
    today: date
    as_of: datetime


def open_shop(*, seed: int, staff: list[User], slow: Set[UUID], as_of: datetime) -> None:
    """Add orders, invoices, exchange rates and customers in dollars to a simulated company. `slow`: accounts half of which pay late by now."""
    shop = Shop(np.random.Generator(np.random.PCG64([seed, STREAM])), as_of.date(), as_of)
    accounts = list(Account.objects.customers().order_by("external_id")[: max(BUYERS, BILLED)])
    _orders(shop, accounts[:BUYERS])
    _invoices(shop, accounts[:BILLED], slow)
    _rates(shop)
    _abroad(shop, staff)
    services.escalate_contracts(as_of=as_of)
    services.refresh_renewals(as_of=as_of)
    services.refresh_replenishments(as_of=as_of)


def _orders(shop: Shop, accounts: list[Account]) -> None:
    products = [
        Product(id=uuid7(), external_id=key, name=name, unit=unit) for key, name, unit, _price, _days in PRODUCTS
    ]
    Product.objects.bulk_create(products)
    orders, lines, numbers = [], [], count(1)
    for account in accounts:
        for product, (_key, _name, _unit, price, days) in zip(products, PRODUCTS, strict=True):
            for day, quantity in _purchases(shop, days):
                order = Order(
                    id=uuid7(),
                    account=account,
                    external_id=f"ORD-{next(numbers):06d}",
                    ordered_on=day,
                    amount=Decimal(price * quantity),
                    currency=EURO,
                    recorded_at=shop.as_of,
                    updated_at=shop.as_of,
                )
                orders.append(order)
                lines.append(OrderLine(order=order, number=1, product=product, quantity=quantity, amount=order.amount))
    Order.objects.bulk_create(orders, batch_size=2000)
    OrderLine.objects.bulk_create(lines, batch_size=2000)


def _purchases(shop: Shop, days: int) -> list[tuple[date, int]]:
    """Days and quantities: what is bought lasts about as long as it should, shorter in busy months. Two buyers in five take no such product."""
    if shop.rng.random() < 0.4:
        return []
    pace = float(shop.rng.lognormal(0, 0.3))
    day = shop.today - timedelta(days=MONTHS * 30 - int(shop.rng.integers(0, days)))
    found = []
    while day <= shop.today:
        quantity = int(shop.rng.integers(6, 15))
        found.append((day, quantity))
        lasts = days * pace * quantity / 10 / SEASON[day.month - 1] * float(shop.rng.lognormal(0, 0.18))
        day += timedelta(days=max(2, round(lasts)))
    return found


def _invoices(shop: Shop, accounts: list[Account], slow: Set[UUID]) -> None:
    """A bill each quarter of the past year; every seventh customer pays late, of the slow ones every second; some of the last ones are still open."""
    contracts = dict(
        Contract.objects.filter(account__in=accounts, status="active").values_list("account_id", "external_id")
    )
    arr = dict(Account.objects.filter(pk__in=[each.pk for each in accounts]).values_list("pk", "revenue__arr"))
    invoices, payments = [], []
    for account in accounts:
        is_slow = shop.rng.random() < (1 / 2 if account.pk in slow else 1 / 7)
        for quarter in range(4):
            issued = shop.today - timedelta(days=350 - 91 * quarter)
            amount = ((arr[account.pk] or Decimal(0)) / 4).quantize(Decimal("0.01"))
            if not amount or account.pk not in contracts:
                continue
            invoice = Invoice(
                id=uuid7(),
                account=account,
                external_id=f"INV-{account.external_id}-{quarter + 1}",
                issued_on=issued,
                due_on=issued + timedelta(days=30),
                amount=amount,
                currency=EURO,
                recorded_at=shop.as_of,
                updated_at=shop.as_of,
            )
            invoices.append(invoice)
            late = int(shop.rng.integers(20, 80)) if is_slow else int(shop.rng.integers(-15, 4))
            paid_on = invoice.due_on + timedelta(days=late)
            if paid_on <= shop.today:
                payments.append(
                    Payment(
                        id=uuid7(), invoice=invoice, external_id=f"PAY-{invoice.external_id}", paid_on=paid_on,
                        amount=amount, recorded_at=shop.as_of,
                    )
                )  # fmt: skip
    Invoice.objects.bulk_create(invoices, batch_size=2000)
    Payment.objects.bulk_create(payments, batch_size=2000)


def _rates(shop: Shop) -> None:
    """A rate of the dollar for each month; it wanders."""
    rate, rates = 0.93, []
    for month in range(MONTHS, -1, -1):
        rate *= float(np.exp(shop.rng.normal(0, 0.012)))
        day = shop.today - timedelta(days=30 * month)
        rates.append(services.Rate(EURO, DOLLAR, day, Decimal(str(round(rate, 4)))))
    services.set_rates(rates, source="simulated", by=None, as_of=shop.as_of)


def _abroad(shop: Shop, staff: list[User]) -> None:
    """Customers in dollars: three years with an escalator whose second anniversary is just over, and an add-on that ends with it."""
    for number, name in enumerate(ABROAD, start=1):
        key = f"US-{number:03d}"
        starts = _years_before(shop.today - timedelta(days=5 * number), 2)
        ends = _years_before(starts, -3)
        services.record_account(
            external_id=key, name=name, owner=staff[number % len(staff)], status="active", segment="Mid-market",
            region="North America", customer_since_on=starts, by=None, as_of=shop.as_of,
        )  # fmt: skip
        terms = [
            services.ContractTerms(f"{key}:main", key, starts, DOLLAR, ends, 36, "Three-year subscription", True, 90),
            services.ContractTerms(
                f"{key}:addon", key, starts + timedelta(days=200), DOLLAR, ends, 12, "Analytics add-on"
            ),
        ]
        services.record_contracts(terms, by=None, as_of=shop.as_of)
        main, addon = (Contract.objects.get(external_id=each.external_id) for each in terms)
        services.revise_contract(main, escalator_percent=Decimal(4), by=None, as_of=shop.as_of)
        services.revise_contract(addon, co_term_with=main, by=None, as_of=shop.as_of)
        Contract.objects.filter(pk__in=[main.pk, addon.pk]).update(recorded_at=shop.as_of - timedelta(days=800))
        sizes = shop.rng.integers(20, 90, size=2)
        changes = [
            services.LineChange(
                f"{key}:line", main.external_id, Decimal(int(sizes[0]) * 1000), starts, product="Platform"
            ),
            services.LineChange(
                f"{key}:addon-line",
                addon.external_id,
                Decimal(int(sizes[1]) * 100),
                addon.starts_on,
                product="Analytics",
            ),
        ]
        services.revise_lines(changes, by=None, as_of=shop.as_of)


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years) if (day.month, day.day) != (2, 29) else date(day.year - years, 2, 28)
