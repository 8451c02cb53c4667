"""Invoices, payments and exchange rates over REST."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.models import ExchangeRate, Invoice, Payment
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Created, Kit, Resource

STATES = (("paid", "Paid"), ("open", "Open"), ("overdue", "Overdue"))
CURRENCY = r"\A[A-Z]{3}\Z"
THREE_LETTERS = "Three letters, such as EUR."


class InvoiceSerializer(StrictModelSerializer):
    """What an account was asked to pay. `paid`, `state` and `days_late` are as of the request."""

    external_id = serializers.CharField(max_length=200)
    amount = serializers.DecimalField(
        max_digits=17, decimal_places=2, help_text="In `currency`; negative for a credit note."
    )
    currency = serializers.RegexField(CURRENCY, help_text=THREE_LETTERS)
    paid = serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True)
    state = serializers.ChoiceField(choices=STATES, read_only=True)
    days_late = serializers.SerializerMethodField()

    class Meta:
        model = Invoice
        fields: Any = (
            *("id", "external_id", "account", "contract", "issued_on", "due_on", "amount", "currency"),
            *("paid", "state", "days_late", "recorded_at", "updated_at"),
        )
        read_only_fields = ("id", "recorded_at", "updated_at")

    def get_days_late(self, invoice: Any) -> int:
        """Days from the due day to the last payment, or to today while it is overdue; 0 in time."""
        return int(services.days_late(invoice, as_of=self.context["view"].as_of))


class InvoiceFilter(filters.FilterSet):  # type: ignore[misc]
    """Which invoices."""

    state = filters.ChoiceFilter(choices=STATES)

    class Meta:
        model = Invoice
        fields: ClassVar[Any] = {
            **{name: ["exact"] for name in ("account", "contract", "external_id", "currency")},
            **{name: ["gte", "lte"] for name in ("issued_on", "due_on", "amount", "updated_at")},
        }


class InvoiceViewSet(Created, Resource):
    """Invoices with what was paid, the latest first."""

    model = Invoice
    serializer_class = InvoiceSerializer
    filterset_class = InvoiceFilter
    sort_fields: ClassVar[dict[str, str]] = {
        "id": "id", "issued_on": "issued_on", "due_on": "due_on", "amount": "amount", "external_id": "external_id",
    }  # fmt: skip
    default_sort = "-issued_on"

    def get_queryset(self) -> QuerySet[Any]:
        visible = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return visible
        with_state: QuerySet[Any] = visible.with_state(self.as_of)  # type: ignore[attr-defined]
        return with_state

    def represent(self, row: Any) -> Any:
        return self.get_serializer_class()(row, context={"request": self.request, "view": self}).data

    def create_row(self, data: dict[str, Any]) -> Invoice:
        made = services.record_invoice(services.NewInvoice(**data), by=self.me, as_of=self.as_of)
        fresh: Invoice = Invoice.objects.with_state(self.as_of).get(pk=made.pk)
        return fresh


class PaymentSerializer(StrictModelSerializer):
    """Money that came in for an invoice, in its currency, or went back (negative)."""

    external_id = serializers.CharField(max_length=200)
    amount = serializers.DecimalField(max_digits=17, decimal_places=2)

    class Meta:
        model = Payment
        fields: Any = ("id", "external_id", "invoice", "paid_on", "amount", "recorded_at")
        read_only_fields = ("id", "recorded_at")


class PaymentViewSet(Created, Resource):
    """Payments, the latest first."""

    model = Payment
    serializer_class = PaymentSerializer
    filterset_fields: ClassVar[Any] = {
        "invoice": ["exact"], "invoice__account": ["exact"], "external_id": ["exact"], "paid_on": ["gte", "lte"],
    }  # fmt: skip
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "paid_on": "paid_on", "recorded_at": "recorded_at"}
    default_sort = "-paid_on"

    def create_row(self, data: dict[str, Any]) -> Payment:
        return services.record_payment(data.pop("invoice"), by=self.me, as_of=self.as_of, **data)


class RateSerializer(StrictModelSerializer):
    """From `valid_on` one unit of `currency` is worth `rate` units of `base`. A correction is a later row of the same day."""

    base = serializers.RegexField(CURRENCY, help_text=THREE_LETTERS)
    currency = serializers.RegexField(CURRENCY, help_text=THREE_LETTERS)
    rate = serializers.DecimalField(max_digits=20, decimal_places=10)

    class Meta:
        model = ExchangeRate
        fields: Any = ("id", "base", "currency", "valid_on", "rate", "source", "recorded_at")
        read_only_fields = ("id", "recorded_at")


class RateViewSet(Created, Resource):
    """Exchange rates, the latest first."""

    model = ExchangeRate
    serializer_class = RateSerializer
    filterset_fields: ClassVar[Any] = {
        "base": ["exact"], "currency": ["exact", "in"], "valid_on": ["exact", "gte", "lte"], "recorded_at": ["gte", "lte"],
    }  # fmt: skip
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "valid_on": "valid_on", "recorded_at": "recorded_at"}
    default_sort = "-valid_on"

    def create_row(self, data: dict[str, Any]) -> ExchangeRate:
        source = data.pop("source", "")
        rate = services.Rate(**data)
        services.set_rates([rate], source=source, by=self.me, as_of=self.as_of)
        same_day = ExchangeRate.objects.filter(base=rate.base, currency=rate.currency, valid_on=rate.valid_on)
        return same_day.latest("recorded_at")


class RateFileInput(StrictSerializer):
    """A table of rates as CSV text."""

    csv = serializers.CharField(
        max_length=1_000_000,
        trim_whitespace=False,
        help_text="Lines of valid_on, currency, base, rate, with a header line.",
    )
    origin = serializers.CharField(max_length=200, required=False, default="", help_text="Where the rates come from.")


class RateFileAnswer(StrictSerializer):
    """How many rates were new or corrected; the others were known already."""

    count = serializers.IntegerField()


class RateFileView(Kit):
    """Many exchange rates at once, from a CSV table: all of them, or none."""

    model = ExchangeRate
    serializer_class = RateFileInput
    answer_class = RateFileAnswer

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write the rates of the table."""
        data = self.checked(request)
        count = services.set_rates(services.rates_of(data["csv"]), source=data["origin"], by=self.me, as_of=self.as_of)
        return Response({"count": count}, status=status.HTTP_201_CREATED)


router.register("invoices", InvoiceViewSet)
router.register("payments", PaymentViewSet)
router.add("exchange_rates/file/", RateFileView, name="exchange_rates-file")
router.register("exchange_rates", RateViewSet)
