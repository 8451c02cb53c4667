"""Contracts, movements and renewals over REST."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from rest_framework import serializers

from accounts import services
from accounts.models import Contract, ContractLine, Renewal, RevenueMovement
from cshub.api.router import router
from cshub.api.serializers import MoneyField, StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Changed, Created, Deed, Resource

MOST_LINES = 200


class LineSerializer(StrictModelSerializer):
    """One product on a contract, and what it is worth a year."""

    external_id = serializers.CharField(max_length=200)
    arr = serializers.DecimalField(max_digits=17, decimal_places=2, min_value=0)

    class Meta:
        model = ContractLine
        fields: Any = ("id", "external_id", "product", "quantity", "arr")
        read_only_fields = ("id", "quantity")


class ContractSerializer(StrictModelSerializer):
    """A commitment with a term; `ends_on` is the first day that is no longer covered. Amounts are in the contract's currency."""

    currency = serializers.RegexField(r"\A[A-Z]{3}\Z", help_text="Three letters, such as EUR.")
    lines = LineSerializer(many=True, required=False)
    notice_given_on = serializers.SerializerMethodField()

    class Meta:
        model = Contract
        fields: Any = (
            *("id", "external_id", "account", "name", "starts_on", "ends_on", "term_months", "currency", "auto_renews"),
            *("notice_days", "escalator_percent", "co_term_with", "notice_given_on", "status", "lines"),
            *("recorded_at", "updated_at"),
        )
        read_only_fields = ("id", "status", "recorded_at", "updated_at")

    def get_notice_given_on(self, contract: Contract) -> str | None:
        """The day on which the customer gave notice."""
        given: str | None = contract.attributes.get(services.NOTICE)
        return given

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None and (fixed := sorted(set(data) - services.TERMS)):
            raise serializers.ValidationError(
                dict.fromkeys(fixed, "This is fixed once the contract is recorded. Record another contract instead.")
            )
        return data

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(lines) > MOST_LINES:
            raise serializers.ValidationError(f"Send at most {MOST_LINES} lines.")
        ids = [line["external_id"] for line in lines]
        if len(set(ids)) < len(ids):
            raise serializers.ValidationError("Two lines have the same external ID. Give each its own.")
        return lines


class ContractViewSet(Created, Changed, Resource):
    """Contracts with their lines. Lines change by line_changes, an end by notice."""

    model = Contract
    serializer_class = ContractSerializer
    filterset_fields: ClassVar[Any] = {
        "account": ["exact"], "external_id": ["exact"], "status": ["exact"], "currency": ["exact"],
        "auto_renews": ["exact"], "co_term_with": ["exact", "isnull"],
        **{name: ["gte", "lte"] for name in ("starts_on", "ends_on")},
    }  # fmt: skip
    sort_fields: ClassVar[dict[str, str]] = {
        "id": "id",
        "starts_on": "starts_on",
        "ends_on": "ends_on",
        "external_id": "external_id",
    }
    default_sort = "external_id"

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().prefetch_related("lines")

    @transaction.atomic
    def create_row(self, data: dict[str, Any]) -> Contract:
        lines, account = data.pop("lines", []), data.pop("account")
        further = {name: data.pop(name) for name in ("escalator_percent", "co_term_with") if name in data}
        services.record_contracts(
            [services.ContractTerms(account_external_id=account.external_id, **data)], by=self.me, as_of=self.as_of
        )
        changes = [
            services.LineChange(
                line["external_id"],
                data["external_id"],
                line["arr"],
                data["starts_on"],
                product=line.get("product", ""),
            )
            for line in lines
        ]
        services.revise_lines(changes, by=self.me, as_of=self.as_of)
        made = Contract.objects.get(external_id=data["external_id"])
        if further:
            services.revise_contract(made, by=self.me, as_of=self.as_of, **further)
        return Contract.objects.prefetch_related("lines").get(pk=made.pk)

    def change_row(self, row: Contract, data: dict[str, Any]) -> Contract:
        services.agree_terms(row, by=self.me, as_of=self.as_of, **data)
        return Contract.objects.prefetch_related("lines").get(pk=row.pk)


class NoticeInput(StrictSerializer):
    """A notice of the customer."""

    notified_on = serializers.DateField(help_text="The day on which the notice came.")


class NoticeView(Deed):
    """The customer ends a contract."""

    model = Contract
    serializer_class = NoticeInput
    answer_class = ContractSerializer

    def do(self, row: Contract, data: dict[str, Any]) -> Contract:
        return services.give_notice(row, **data, by=self.me, as_of=self.as_of)


class LineChangeInput(StrictSerializer):
    """What a line says from a day on. Give `quantity`, `unit_price` (a year), `arr` or `product`."""

    line = serializers.CharField(max_length=200, help_text="The external ID of the line.")
    occurred_on = serializers.DateField()
    quantity = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0, required=False)
    unit_price = serializers.DecimalField(max_digits=17, decimal_places=2, min_value=0, required=False)
    arr = serializers.DecimalField(max_digits=17, decimal_places=2, min_value=0, required=False)
    product = serializers.CharField(max_length=200, required=False)


class LineChangeView(Deed):
    """Change a line in the middle of its term."""

    model = Contract
    serializer_class = LineChangeInput
    answer_class = LineSerializer

    def do(self, row: Contract, data: dict[str, Any]) -> ContractLine:
        line, change = said_of_line(row, data)
        return services.change_line(line, change, by=self.me, as_of=self.as_of)


def said_of_line(contract: Contract, data: dict[str, Any]) -> tuple[ContractLine, services.MidTermChange]:
    """The line of the contract that a LineChangeInput names, and what it is to say. Raises ValidationError at `line`."""
    further = dict(data)
    line = contract.lines.filter(external_id=further.pop("line")).select_related("contract").first()
    if line is None:
        raise serializers.ValidationError({"line": "This contract has no such line. Name one of its lines."})
    return line, services.MidTermChange(**further)


class RevenueMovementSerializer(StrictModelSerializer):
    """One change of the annual recurring revenue; never changed, only followed by others."""

    amount = MoneyField(amount="amount", currency="currency", read_only=True)

    class Meta:
        model = RevenueMovement
        fields: Any = ("id", "account", "line", "occurred_on", "recorded_at", "kind", "amount", "source_ref")
        read_only_fields = fields


class RevenueMovementViewSet(Resource):
    """Movements of the annual recurring revenue."""

    model = RevenueMovement
    serializer_class = RevenueMovementSerializer
    filterset_fields: ClassVar[Any] = {
        "account": ["exact"], "line": ["exact"], "kind": ["exact", "in"], "source_ref": ["exact"],
        **{name: ["gte", "lte"] for name in ("occurred_on", "recorded_at")},
    }  # fmt: skip
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "occurred_on": "occurred_on", "recorded_at": "recorded_at"}
    default_sort = "-occurred_on"


class RenewalSerializer(StrictModelSerializer):
    """A term running out, and how it was decided."""

    arr_due = MoneyField(amount="arr_due", currency="currency", read_only=True)
    decision = serializers.SerializerMethodField()
    arr_renewed = serializers.SerializerMethodField()
    decided_on = serializers.SerializerMethodField()

    class Meta:
        model = Renewal
        fields: Any = (
            "id",
            "account",
            "contract",
            "due_on",
            "notice_by",
            "arr_due",
            "decision",
            "arr_renewed",
            "decided_on",
            "recorded_at",
        )
        read_only_fields = fields

    def get_decision(self, renewal: Renewal) -> str | None:
        return renewal.decision.decision if hasattr(renewal, "decision") else None

    def get_arr_renewed(self, renewal: Renewal) -> str | None:
        return f"{renewal.decision.arr_renewed:.2f}" if hasattr(renewal, "decision") else None

    def get_decided_on(self, renewal: Renewal) -> str | None:
        return renewal.decision.decided_on.isoformat() if hasattr(renewal, "decision") else None


class RenewalViewSet(Resource):
    """Renewals, the next due first."""

    model = Renewal
    serializer_class = RenewalSerializer
    related = ("decision",)
    filterset_fields: ClassVar[Any] = {
        "account": ["exact"], "contract": ["exact"], "due_on": ["gte", "lte"], "notice_by": ["gte", "lte"],
        "decision__decision": ["exact"], "decision": ["isnull"],
    }  # fmt: skip
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "due_on": "due_on", "notice_by": "notice_by"}
    default_sort = "due_on"


router.register("contracts", ContractViewSet)
router.deed("contracts", "notice", NoticeView)
router.deed("contracts", "line_changes", LineChangeView)
router.register("revenue_movements", RevenueMovementViewSet)
router.register("renewals", RenewalViewSet)
