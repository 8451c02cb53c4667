"""Value over REST: what accounts are worth now and were worth before, what that was learned from, and what people decided about it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.urls import path
from django_filters import rest_framework as filters
from rest_framework import serializers

from accounts.queries.beside import stands_beside
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Created, Deed, Resource
from health.value import services, words
from health.value.models import (
    AccountValue,
    CostRate,
    Figures,
    SegmentMargin,
    StrategicMark,
    Valuation,
    ValueFit,
    ValueTerms,
)

FIGURES = (
    *("account", "method", "amount", "low", "high", "at_stake", "currency", "margin", "discount", "months", "refusal"),
    *("cost", "cost_ahead", "cost_refusal", "recorded_minutes", "estimated_minutes", "unmeasured_count"),
    *("tier", "reason", "possible_tiers", "fit", "inputs", "computed_at"),
)
DECIDED = ("valid_from", "reason", "decided_by", "recorded_at")
KEPT = ("id", "decided_by", "recorded_at")


class FiguresSerializer(StrictModelSerializer):
    """What an account will bring over `months` after margin and discount, with its 95% interval and method, or `refusal`; what serving it
    cost in the past year and will cost over the same months; its tier, with the reason in words."""

    reason = serializers.SerializerMethodField(help_text="Why it is in this tier, in the language asked for.")
    fit = serializers.UUIDField(source="fit_id", read_only=True, help_text="What the value was learned from.")

    def get_reason(self, row: Figures) -> str:
        return words.tier_reason(row)


class AccountValueSerializer(FiguresSerializer):
    """The value that holds now."""

    class Meta:
        model = AccountValue
        fields: Any = FIGURES
        read_only_fields = fields


class ValuationSerializer(FiguresSerializer):
    """A value that held from a moment on."""

    class Meta:
        model = Valuation
        fields: Any = FIGURES
        read_only_fields = fields


class ValuePages(Resource):
    """Values, each account's once at a moment."""

    def get_queryset(self) -> QuerySet[Any]:
        visible: QuerySet[Any] = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return visible
        identified: QuerySet[Any] = visible.annotate(id=F("account_id"))
        return identified


class AccountValueViewSet(ValuePages):
    """What accounts are worth now. Filter by `tier`, and by amounts in the account's own currency."""

    model = AccountValue
    serializer_class = AccountValueSerializer
    filterset_fields: ClassVar[Any] = {
        "account": ["exact", "in"], "tier": ["exact", "in"], "method": ["exact"], "currency": ["exact"],
        "amount": ["gte", "lte"], "cost": ["gte", "lte"], "computed_at": ["gte", "lte"],
    }  # fmt: skip
    sort_fields: ClassVar[dict[str, str]] = {"computed_at": "computed_at", "amount": "amount", "cost": "cost"}
    default_sort = "-computed_at"


class ValuationFilter(filters.FilterSet):  # type: ignore[misc]
    """Which values."""

    present = filters.BooleanFilter(method="that_hold", label="Only those that hold now (true), or only earlier ones.")

    class Meta:
        model = Valuation
        fields: ClassVar[Any] = {"account": ["exact", "in"], "tier": ["exact", "in"], "computed_at": ["gte", "lte"]}

    def that_hold(self, rows: Any, name: str, value: Any) -> Any:
        return rows.present() if value else rows.earlier()


class ValuationViewSet(ValuePages):
    """The history of values and tiers, the latest first. One is written when anything of an account's value changes."""

    model = Valuation
    serializer_class = ValuationSerializer
    filterset_class = ValuationFilter
    sort_fields: ClassVar[dict[str, str]] = {"computed_at": "computed_at"}
    default_sort = "-computed_at"


class ValueFitSerializer(StrictModelSerializer):
    """What was learned of renewals or orders, or why nothing could be."""

    class Meta:
        model = ValueFit
        fields: Any = ("id", "kind", "scope", "as_of", "parameters", "refusal", "observed", "happened", "digest")
        read_only_fields = fields


class ValueFitViewSet(Resource):
    """Fits, the latest first."""

    model = ValueFit
    serializer_class = ValueFitSerializer
    filterset_fields: ClassVar[Any] = {"kind": ["exact"], "scope": ["exact"], "as_of": ["gte", "lte"]}
    sort_fields: ClassVar[dict[str, str]] = {"as_of": "as_of"}
    default_sort = "-as_of"


class TermsSerializer(StrictModelSerializer):
    """Horizon, yearly discount, and from which value after cost to serve a tier begins."""

    class Meta:
        model = ValueTerms
        fields: Any = ("id", "months", "discount", "currency", "high_from", "middle_from", *DECIDED)
        read_only_fields = KEPT


class TermsViewSet(Created, Resource):
    """Terms, the latest first. Posting some decides them from a day on; earlier ones stay on record."""

    model = ValueTerms
    serializer_class = TermsSerializer
    sort_fields: ClassVar[dict[str, str]] = {"valid_from": "valid_from"}
    default_sort = "-valid_from"

    def create_row(self, data: dict[str, Any]) -> ValueTerms:
        names = ("months", "discount", "currency", "high_from", "middle_from")
        terms = services.Terms(**{name: data.pop(name) for name in names})
        return services.decide_terms(terms, **data, by=self.me, as_of=self.as_of)


class MarginSerializer(StrictModelSerializer):
    """The gross margin of a segment; other accounts have the company's, which finance decides under report inputs."""

    class Meta:
        model = SegmentMargin
        fields: Any = ("id", "segment", "margin", *DECIDED)
        read_only_fields = KEPT


class MarginViewSet(Created, Resource):
    """Margins of segments, the latest first."""

    model = SegmentMargin
    serializer_class = MarginSerializer
    filterset_fields: ClassVar[Any] = {"segment": ["exact"]}
    sort_fields: ClassVar[dict[str, str]] = {"valid_from": "valid_from"}
    default_sort = "-valid_from"

    def create_row(self, data: dict[str, Any]) -> SegmentMargin:
        return services.decide_margin(**data, by=self.me, as_of=self.as_of)


class RateSerializer(StrictModelSerializer):
    """What an hour of a role costs from a day on."""

    class Meta:
        model = CostRate
        fields: Any = ("id", "role", "hourly", "currency", *DECIDED)
        read_only_fields = KEPT


class RateViewSet(Created, Resource):
    """Cost rates, the latest first."""

    model = CostRate
    serializer_class = RateSerializer
    filterset_fields: ClassVar[Any] = {"role": ["exact"]}
    sort_fields: ClassVar[dict[str, str]] = {"valid_from": "valid_from"}
    default_sort = "-valid_from"

    def create_row(self, data: dict[str, Any]) -> CostRate:
        return services.decide_rate(**data, by=self.me, as_of=self.as_of)


class MarkSerializer(StrictModelSerializer):
    """Somebody set an account apart, and why."""

    class Meta:
        model = StrategicMark
        fields: Any = ("id", "account", "note", "marked_by", "marked_at", "ended_by", "ended_at")
        read_only_fields = ("id", "marked_by", "marked_at", "ended_by", "ended_at")


class MarkViewSet(Created, Resource):
    """Accounts that were set apart. Posting a mark ends the one before; the tier follows with the next valuation."""

    model = StrategicMark
    serializer_class = MarkSerializer
    filterset_fields: ClassVar[Any] = {"account": ["exact", "in"], "ended_at": ["isnull"]}
    sort_fields: ClassVar[dict[str, str]] = {"marked_at": "marked_at"}
    default_sort = "-marked_at"

    def create_row(self, data: dict[str, Any]) -> StrategicMark:
        return services.mark_strategic(data["account"], note=data["note"], by=self.me, as_of=self.as_of)


class NothingSerializer(StrictSerializer):
    """No body."""


class MarkEndingView(Deed):
    """Take a mark away."""

    model = StrategicMark
    serializer_class = NothingSerializer
    answer_class = MarkSerializer

    def do(self, row: StrategicMark, data: dict[str, Any]) -> StrategicMark:
        services.end_strategic(row.account, by=self.me, as_of=self.as_of)
        row.refresh_from_db()
        return row


stands_beside("value", AccountValueSerializer)
router.register("value_fits", ValueFitViewSet)
router.register("value_terms", TermsViewSet)
router.register("segment_margins", MarginViewSet)
router.register("cost_rates", RateViewSet)
router.register("strategic_marks", MarkViewSet)
router.deed("strategic_marks", "ending", MarkEndingView)
router.parts += [
    path("account_values/", AccountValueViewSet.as_view({"get": "list"}, detail=False), name="account_values-list"),
    path("valuations/", ValuationViewSet.as_view({"get": "list"}, detail=False), name="valuations-list"),
]
