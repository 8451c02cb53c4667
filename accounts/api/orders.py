"""Products, orders and run-out dates over REST."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import path
from rest_framework import serializers

from accounts import services
from accounts.models import Order, OrderLine, Product, Replenishment
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Created, Deed, Resource


class ProductSerializer(StrictModelSerializer):
    """Something that is sold by the piece."""

    external_id = serializers.CharField(max_length=200)

    class Meta:
        model = Product
        fields: Any = ("id", "external_id", "name", "unit")
        read_only_fields = ("id",)


class ProductViewSet(Created, Resource):
    """Products."""

    model = Product
    serializer_class = ProductSerializer
    filterset_fields: ClassVar[Any] = {"external_id": ["exact"], "name": ["exact", "icontains"]}
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "name": "name", "external_id": "external_id"}
    default_sort = "name"

    def create_row(self, data: dict[str, Any]) -> Product:
        return services.record_product(by=self.me, as_of=self.as_of, **data)


class OrderLineSerializer(StrictModelSerializer):
    """One product on an order. The amount is in the order's currency."""

    quantity = serializers.DecimalField(max_digits=18, decimal_places=4)
    amount = serializers.DecimalField(max_digits=17, decimal_places=2)

    class Meta:
        model = OrderLine
        fields: Any = ("number", "product", "quantity", "amount")
        read_only_fields = ("number",)


class OrderSerializer(StrictModelSerializer):
    """One purchase. `amount` is the sum of its lines where it has any."""

    external_id = serializers.CharField(max_length=200)
    amount = serializers.DecimalField(max_digits=17, decimal_places=2, required=False)
    currency = serializers.RegexField(r"\A[A-Z]{3}\Z", help_text="Three letters, such as EUR.")
    lines = OrderLineSerializer(many=True, required=False)

    class Meta:
        model = Order
        fields: Any = (
            *("id", "external_id", "account", "ordered_on", "amount", "currency", "status", "lines"),
            *("recorded_at", "updated_at"),
        )
        read_only_fields = ("id", "status", "recorded_at", "updated_at")


class OrderViewSet(Created, Resource):
    """Orders with their lines, the latest first."""

    model = Order
    serializer_class = OrderSerializer
    filterset_fields: ClassVar[Any] = {
        "account": ["exact"], "external_id": ["exact"], "status": ["exact"], "currency": ["exact"], "lines__product": ["exact"],
        **{name: ["gte", "lte"] for name in ("ordered_on", "amount", "updated_at")},
    }  # fmt: skip
    sort_fields: ClassVar[dict[str, str]] = {
        "id": "id", "ordered_on": "ordered_on", "amount": "amount", "external_id": "external_id", "updated_at": "updated_at",
    }  # fmt: skip
    default_sort = "-ordered_on"

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().prefetch_related("lines")

    def create_row(self, data: dict[str, Any]) -> Order:
        lines = [services.OrderItem(**line) for line in data.pop("lines", [])]
        return services.record_order(services.NewOrder(lines=lines, **data), by=self.me, as_of=self.as_of)


class NoBody(StrictSerializer):
    """Nothing has to be said."""


class CancellationView(Deed):
    """An order that does not count any more."""

    model = Order
    serializer_class = NoBody
    answer_class = OrderSerializer

    def do(self, row: Order, data: dict[str, Any]) -> Order:
        return services.cancel_order(row, by=self.me, as_of=self.as_of)


class ReplenishmentSerializer(StrictModelSerializer):
    """When an account's stock of a product is expected to run out, told from its own orders; null where three orders are not there."""

    id = serializers.CharField(read_only=True, help_text="Account and product, joined by a colon.")

    class Meta:
        model = Replenishment
        fields: Any = (
            *("id", "account", "product", "order_count", "last_ordered_on", "last_quantity", "typical_days"),
            *("runs_out_on", "runs_out_from", "runs_out_until", "computed_at"),
        )
        read_only_fields = fields


class ReplenishmentViewSet(Resource):
    """Run-out dates, the next first."""

    model = Replenishment
    serializer_class = ReplenishmentSerializer
    filterset_fields: ClassVar[Any] = {
        "account": ["exact"], "product": ["exact"], "runs_out_on": ["gte", "lte", "isnull"],
    }  # fmt: skip
    sort_fields: ClassVar[dict[str, str]] = {"runs_out_on": "runs_out_on", "last_ordered_on": "last_ordered_on"}
    default_sort = "runs_out_on"

    def get_queryset(self) -> QuerySet[Any]:
        visible = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return visible
        with_id: QuerySet[Any] = visible.annotate(
            id=Concat(
                Cast(F("account_id"), CharField()),
                Value(":"),
                Cast(F("product_id"), CharField()),
                output_field=CharField(),
            )
        )
        return with_id


router.register("products", ProductViewSet)
router.register("orders", OrderViewSet)
router.deed("orders", "cancellation", CancellationView)
router.parts.append(
    path("replenishments/", ReplenishmentViewSet.as_view({"get": "list"}, detail=False), name="replenishments-list")
)
