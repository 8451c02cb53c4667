"""Real orders of a shop go in whole, as a file and as rows."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Count, Sum

from accounts.ingest.bulk import take_rows
from accounts.models import Account, Order, OrderLine, Product
from tests.ingest.files import MORNING, bring_in, counts

FILE = Path(__file__).parent.parent / "data" / "cdnow_orders.csv"


@pytest.fixture
def shop(acme):
    """The shop's file, its rows, and an account for each customer."""
    text = FILE.read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    customers = sorted({row["customer id"] for row in rows})
    take_rows("accounts", [{"external_id": each} for each in customers], by=None, as_of=MORNING)
    assert Account.objects.count() == 120
    return text, rows


def test_every_order_is_in_with_its_day_quantity_and_amount(shop):
    text, rows = shop
    assert counts(bring_in(text, kind="orders")) == (315, 0, 0, 0)
    assert counts(bring_in(text, kind="orders")) == (0, 0, 315, 0)
    total = sum(Decimal(row["amount"]) for row in rows)
    assert Order.objects.aggregate(sum=Sum("amount"))["sum"] == total == Decimal("10622.44")
    assert OrderLine.objects.aggregate(sum=Sum("quantity"))["sum"] == sum(int(row["qty"]) for row in rows)
    assert Product.objects.get().name == "CD"
    most = Order.objects.values("account__external_id").annotate(count=Count("*")).order_by("-count").first()
    assert most["count"] == max(sum(row["customer id"] == each["customer id"] for row in rows) for each in rows)


def test_the_same_orders_as_rows_change_nothing(shop):
    text, rows = shop
    bring_in(text, kind="orders")
    typed = [
        {
            "external_id": row["order id"], "account": row["customer id"], "ordered_on": row["order date"], "product": row["product"],
            "quantity": int(row["qty"]), "amount": row["amount"],
        }
        for row in rows
    ]  # fmt: skip
    assert {result.status for result in take_rows("orders", typed, by=None, as_of=MORNING)} == {"unchanged"}
