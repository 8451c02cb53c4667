"""Files of orders: what accounts bought piece by piece. Rows with the same order are its lines."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import AtField, KindOfFile, Outcome, Turn, write_plan
from accounts.ingest.kinds.money import CENT, LARGEST, amount, plain_amount
from accounts.ingest.kinds.problems import UNKNOWN_ACCOUNT
from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import Field
from accounts.ingest.sql.orders import PLAN, TRACES
from accounts.models import Order

if TYPE_CHECKING:
    from collections.abc import Sequence

STATUS_WORDS = (
    ("paid", "placed"), ("shipped", "placed"), ("complete", "placed"), ("completed", "placed"), ("delivered", "placed"), ("open", "placed"),
    ("canceled", "cancelled"), ("void", "cancelled"), ("refunded", "cancelled"),
)  # fmt: skip
FIELDS = (
    Field("external_id", _("External ID"), fields.KEY, needed=True, longest=200, synonyms=("id", "order", "order id", "order number", "number", "nr zamówienia", "key")),
    Field("account", _("Account (external ID)"), fields.KEY, needed=True, longest=200, synonyms=("account id", "account external id", "customer", "customer id", "klient", "клиент")),
    Field("ordered_on", _("Ordered on"), fields.DATE, needed=True, synonyms=("ordered", "order date", "date", "data zamówienia", "дата")),
    Field("line", _("Line"), fields.WHOLE, longest=1_000_000, synonyms=("line number", "position", "pozycja")),
    Field("product", _("Product (external ID)"), fields.KEY, longest=200, synonyms=("product id", "sku", "item", "produkt", "продукт")),
    Field("product_name", _("Product name"), longest=300, synonyms=("item name", "product title", "nazwa produktu")),
    Field("unit", _("Unit"), longest=40, synonyms=("unit of measure", "jednostka")),
    Field("quantity", _("Quantity"), fields.NUMBER, synonyms=("qty", "pieces", "ilość", "количество")),
    Field("unit_price", _("Price of one"), fields.MONEY, synonyms=("price", "unit price", "cena")),
    Field("amount", _("Amount"), fields.MONEY, synonyms=("total", "line total", "value", "kwota", "сумма")),
    Field("currency", _("Currency"), fields.CURRENCY, synonyms=("waluta", "валюта", "ارز")),
    Field("status", _("Status"), fields.CHOICE, choices=tuple(Order.Status.values), words=STATUS_WORDS, synonyms=("state",)),
)  # fmt: skip
_PROBLEMS = {
    "unknown_account": UNKNOWN_ACCOUNT,
    "order_of_another_account": (
        "external_id",
        _("This order belongs to another account than %(account_name)s. Use another external ID."),
    ),
    "ordered_in_the_future": ("ordered_on", _("%(ordered_on)s is still to come. Give the day on which it happened.")),
    "rows_disagree": (
        "external_id",
        _(
            "Row %(first_row)s gives order “%(external_id)s” another account or day. Give all its rows the same, or another ID."
        ),
    ),
    "two_currencies": (
        "currency",
        _("Row %(first_row)s gives order “%(external_id)s” another currency than %(currency)s. Keep one."),
    ),
    "other_currency": (
        "currency",
        _(
            "Order “%(external_id)s” has lines in %(present_currency)s, and this one is in %(currency)s. Convert the amount."
        ),
    ),
    "without_product": (
        "product",
        _("Some rows of order “%(external_id)s” name a product and some do not. Name it in all of them, or in none."),
    ),
    "has_lines": (
        "amount",
        _(
            "Order “%(external_id)s” has %(line_count)s lines that add up to %(present_amount)s. Leave the amount empty, or name the product."
        ),
    ),
    "without_amount": ("amount", _("This order has neither an amount nor a product. Fill one of them in.")),
    "is_one_amount": (
        "product",
        _(
            "Order “%(external_id)s” is recorded as one amount, without lines. Leave the product empty, or use another external ID."
        ),
    ),
}
FINEST = Decimal("0.0001")


def finish(values: dict[str, Any]) -> tuple[Any, ...]:
    """The line for staging, in the order of its columns after the row's number."""
    get = values.get
    quantity = get("quantity", Decimal(1))
    if not 0 < quantity < LARGEST / 10:
        raise AtField(
            "quantity", "no_quantity", _("A line needs a quantity of more than 0. Correct it, or leave the cell empty.")
        )
    total, currency = amount(values, "amount")
    if total is None:
        price, currency = plain_amount(values, "unit_price")
        if price is not None and abs(price * quantity) >= LARGEST:
            raise AtField("unit_price", "too_long", _("This is more than 999,999,999,999,999. Check the amount."))
        total = None if price is None else (price * quantity).quantize(CENT, rounding=ROUND_HALF_UP)
    if total is None and get("product"):
        raise AtField("amount", "missing_value", _("A line needs an amount, or the price of one. Fill one of them in."))
    return (
        values["external_id"], get("line"), values["account"], values["ordered_on"], get("status"), currency, get("product"), get("product_name"),
        get("unit"), quantity.quantize(FINEST, rounding=ROUND_HALF_UP), total,
    )  # fmt: skip


def write(lines: Sequence[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Compare with what is there; unless dry, write products, orders and lines. An order's amount is the sum of its lines where it has any."""
    return write_plan(PLAN, _PROBLEMS, lines, turn, TRACES)


ORDERS = KindOfFile("orders", FIELDS, ("external_id", "line"), finish, write, numbered="line", traces=TRACES)
