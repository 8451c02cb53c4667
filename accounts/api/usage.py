"""Daily usage over REST: read here, brought in by files."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import path
from rest_framework import serializers

from accounts.models import UsageDaily
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Resource


class UsageDailySerializer(StrictModelSerializer):
    """A metric's value for an account and a day."""

    id = serializers.CharField(read_only=True, help_text="Account, metric and day, joined by colons.")
    metric = serializers.CharField(source="metric_id", read_only=True)

    class Meta:
        model = UsageDaily
        fields: Any = ("id", "account", "metric", "day", "value", "active_users", "recorded_at")
        read_only_fields = fields


class UsageDailyViewSet(Resource):
    """Daily sums, the latest first."""

    model = UsageDaily
    serializer_class = UsageDailySerializer
    filterset_fields: ClassVar[Any] = {"account": ["exact"], "metric": ["exact", "in"], "day": ["exact", "gte", "lte"]}
    sort_fields: ClassVar[dict[str, str]] = {"day": "day"}
    default_sort = "-day"

    def get_queryset(self) -> QuerySet[Any]:
        visible = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return visible
        with_id: QuerySet[Any] = visible.annotate(
            id=Concat(
                Cast(F("account_id"), CharField()), Value(":"), F("metric_id"), Value(":"), Cast(F("day"), CharField()),
                output_field=CharField(),
            )
        )  # fmt: skip
        return with_id


router.parts.append(
    path("usage_daily/", UsageDailyViewSet.as_view({"get": "list"}, detail=False), name="usage_daily-list")
)
