"""Reports over REST: run, read with all numbers, freeze. The tables as CSV are on the report's page."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Created, Deed, Resource
from reports import services
from reports.models import FrozenReport, ReportRun

FIRST_YEAR, LAST_YEAR = date(1990, 1, 1), date(2200, 1, 1)


class ReportSerializer(StrictModelSerializer):
    """A report over [starts_on, ends_on). A list leaves out the numbers; ask for a report to get them."""

    class Meta:
        model = ReportRun
        fields: Any = (
            *("id", "kind", "starts_on", "ends_on", "as_of", "state", "is_closed", "numbers"),
            *("digest", "code_version", "created_by", "created_at"),
        )
        read_only_fields: Any = (
            *("id", "kind", "as_of", "state", "is_closed", "numbers"),
            *("digest", "code_version", "created_by", "created_at"),
        )

    is_closed = serializers.BooleanField(read_only=True, help_text="Whether the period was over when it was run.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name, day in attrs.items():
            if not FIRST_YEAR <= day <= LAST_YEAR:
                raise serializers.ValidationError({name: [f"Give a day from {FIRST_YEAR} to {LAST_YEAR}."]})
        return attrs


class ReportRowSerializer(ReportSerializer):
    """A report without its numbers."""

    class Meta(ReportSerializer.Meta):
        fields: Any = (
            *("id", "kind", "starts_on", "ends_on", "as_of", "state", "digest", "code_version"),
            *("created_by", "created_at"),
        )
        read_only_fields: Any = fields

    is_closed = None  # type: ignore[assignment]


class ReportViewSet(Created, Resource):
    """Reports, the newest first. Posting a period runs one."""

    model = ReportRun
    serializer_class = ReportSerializer
    filterset_fields: ClassVar[Any] = {
        "state": ["exact"],
        "starts_on": ["exact", "gte", "lte"],
        "ends_on": ["exact", "gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"created_at": "created_at", "starts_on": "starts_on"}
    default_sort = "-created_at"

    def get_queryset(self) -> QuerySet[Any]:
        visible = super().get_queryset()
        return visible.defer("numbers") if self.action == "list" else visible

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return ReportRowSerializer if getattr(self, "action", "") == "list" else ReportSerializer

    def create_row(self, data: dict[str, Any]) -> ReportRun:
        return services.run_roi(**data, by=self.me, as_of=self.as_of)


class FreezeSerializer(StrictSerializer):
    """Nothing, unless facts the report stands on do not reach to the end of its period: then why it is published all the same."""

    stale_reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class FrozenReportSerializer(StrictModelSerializer):
    """The bytes that were frozen, with their digest."""

    class Meta:
        model = FrozenReport
        fields: Any = (
            *("id", "run", "payload", "digest", "code_version", "frozen_by", "frozen_at"),
            *("stale_inputs", "stale_reason"),
        )
        read_only_fields = fields


class Freeze(Deed):
    """Close a draft for ever."""

    model = ReportRun
    serializer_class = FreezeSerializer
    answer_class = FrozenReportSerializer

    def do(self, row: ReportRun, data: dict[str, Any]) -> FrozenReport:
        return services.freeze(row, by=self.me, as_of=self.as_of, **data)


router.register("reports", ReportViewSet)
router.deed("reports", "freeze", Freeze)
