"""Records what accounts buy piece by piece: products, and orders with their lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Order, OrderLine, Product
from accounts.services.changed import note_changed
from accounts.services.currency import is_currency
from accounts.services.merging import refuse_merged
from accounts.services.refusals import ExternalIdTaken, UnusableOrder
from accounts.services.revenue import LARGEST_AMOUNT
from accounts.services.shares import CENT
from cshub.audit import services as audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from cshub.kernel.refusal import Refused
    from cshub.users.models import User

MOST_LINES = 500
PRODUCT = ("external_id", "name", "unit")
LARGEST_QUANTITY = Decimal(10) ** 14
AHEAD = timedelta(days=1)  # where the day has begun already


@dataclass(frozen=True)
class OrderItem:
    """One product on an order: how much of it, and what it cost together."""

    product: Product
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True)
class NewOrder:
    """One purchase. Where it has lines its amount is their sum; one that is given too has to be the same."""

    account: Account
    external_id: str
    ordered_on: date
    currency: str
    amount: Decimal | None = None
    lines: Sequence[OrderItem] = ()


@transaction.atomic
def record_product(*, external_id: str, name: str, by: User | None, as_of: datetime, unit: str = "") -> Product:
    """Add something that is sold by the piece. Raises ExternalIdTaken, or ValidationError by field."""
    product = Product(external_id=external_id, name=name, unit=unit)
    product.clean_fields()
    refuse_taken(Product, external_id)
    product.save(force_insert=True)
    audit.record("product.recorded", target=product, by=by, at=as_of, after=audit.snapshot(product, PRODUCT))
    return product


@transaction.atomic
def record_order(given: NewOrder, *, by: User | None, as_of: datetime) -> Order:
    """Add an order with its lines. Raises UnusableOrder, UnknownAccount or ExternalIdTaken, and then nothing is recorded."""
    refuse_merged(given.account)
    refuse_future(UnusableOrder, given.ordered_on, "ordered_on", as_of=as_of)
    refuse_money(UnusableOrder, given.amount, given.currency)
    amount = _amount(given)
    refuse_taken(Order, given.external_id)
    order = Order(
        account=given.account,
        external_id=given.external_id,
        ordered_on=given.ordered_on,
        amount=amount,
        currency=given.currency,
        recorded_at=as_of,
        updated_at=as_of,
    )
    order.clean_fields(exclude={"account"})
    order.save(force_insert=True)
    OrderLine.objects.bulk_create(
        OrderLine(order=order, number=number, product=line.product, quantity=line.quantity, amount=line.amount)
        for number, line in enumerate(given.lines, start=1)
    )
    after = audit.snapshot(order, ["external_id", "ordered_on", "amount", "currency"]) | {"lines": len(given.lines)}
    audit.record("order.recorded", target=order, by=by, at=as_of, after=after)
    note_changed([order.account_id], as_of=as_of)
    return order


@transaction.atomic
def cancel_order(order: Order, *, by: User | None, as_of: datetime) -> Order:
    """The order does not count any more, neither as bought nor as stock. Raises UnusableOrder when it is canceled already."""
    locked: Order = Order.objects.select_for_update().get(pk=order.pk)
    if locked.status == Order.Status.CANCELLED:
        raise UnusableOrder(_("Order %(order)s is canceled already.") % {"order": locked}, field="status")
    locked.status, locked.updated_at = Order.Status.CANCELLED, as_of
    locked.save(update_fields=["status", "updated_at"])
    audit.record("order.canceled", target=locked, by=by, at=as_of, after={"status": locked.status})
    note_changed([locked.account_id], as_of=as_of)
    return locked


def refuse_taken(model: type[Any], external_id: str) -> None:
    """Raise ExternalIdTaken where a row of the model has this external ID."""
    if model.objects.filter(external_id=external_id).exists():
        raise ExternalIdTaken(
            _("The external ID “%(value)s” is taken. Change the one that has it, or choose another ID.")
            % {"value": external_id},
            field="external_id",
        )


def refuse_money(refusal: type[Refused], amount: Decimal | None, currency: str) -> None:
    """Raise `refusal` for an unknown currency or an amount that is no money."""
    if not is_currency(currency):
        raise refusal(
            _("“%(value)s” is not a currency. Use a code of three letters such as EUR.") % {"value": currency},
            field="currency",
        )
    if amount is not None and not is_money(amount):
        raise refusal(_("%(value)s is not an amount. Give whole cents.") % {"value": f"{amount:.6g}"}, field="amount")


def is_money(amount: Decimal) -> bool:
    """Whole cents of a size that can be kept."""
    return amount.is_finite() and abs(amount) < LARGEST_AMOUNT and amount == amount.quantize(CENT)


def refuse_future(refusal: type[Refused], day: date, field: str, *, as_of: datetime) -> None:
    """Raise `refusal` for a day that is still to come."""
    if day > as_of.date() + AHEAD:
        raise refusal(_("%(day)s is still to come. Give the day on which it happened.") % {"day": day}, field=field)


def _amount(given: NewOrder) -> Decimal:
    """The sum of the lines, or the amount that was given. Raises UnusableOrder where the two do not say one thing."""
    lines = given.lines
    if len(lines) > MOST_LINES:
        raise UnusableOrder(
            _("An order has at most %(most)s lines. Send the rest as another order.") % {"most": MOST_LINES},
            field="lines",
        )
    for line in lines:
        if not (line.quantity.is_finite() and 0 < line.quantity < LARGEST_QUANTITY and is_money(line.amount)):
            raise UnusableOrder(
                _("Each line needs a quantity of more than 0 and an amount in whole cents."), field="lines"
            )
    if not lines:
        if given.amount is None:
            raise UnusableOrder(_("Give the amount of the order, or its lines."), field="amount")
        return given.amount
    total = sum((line.amount for line in lines), Decimal(0))
    if given.amount not in (None, total):
        raise UnusableOrder(
            _("The lines add up to %(total)s, and the amount says %(amount)s. Leave the amount out, or correct it.")
            % {"total": total, "amount": given.amount},
            field="amount",
        )
    return total
