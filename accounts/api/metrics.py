"""Metrics over REST: what is measured, in which unit, and how a day adds up."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.urls import path

from accounts.models import MetricDefinition
from accounts.services.metrics import declare_metric, revise_metric
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Changed, Created, Resource


class MetricSerializer(StrictModelSerializer):
    """One thing that is measured. Measurements of a day are added up, or the highest or the latest counts."""

    class Meta:
        model = MetricDefinition
        fields: Any = ("key", "name", "unit", "aggregation")


class MetricChangeSerializer(MetricSerializer):
    """What of a metric can change."""

    class Meta(MetricSerializer.Meta):
        read_only_fields = ("key",)


class MetricViewSet(Created, Changed, Resource):
    """What is measured, by key."""

    model = MetricDefinition
    serializer_class = MetricSerializer
    filterset_fields: ClassVar[Any] = {
        "key": ["exact", "in"],
        "aggregation": ["exact"],
        "unit": ["exact"],
        "name": ["icontains"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"key": "key", "name": "name"}
    default_sort = "key"

    def get_queryset(self) -> QuerySet[Any]:
        visible: QuerySet[Any] = super().get_queryset().annotate(id=F("key"))  # pages go on behind an id
        return visible

    def get_serializer_class(self) -> Any:
        return (
            MetricChangeSerializer if self.request is not None and self.request.method == "PATCH" else MetricSerializer
        )

    def create_row(self, data: dict[str, Any]) -> MetricDefinition:
        return declare_metric(by=self.me, as_of=self.as_of, **data)

    def change_row(self, row: MetricDefinition, data: dict[str, Any]) -> MetricDefinition:
        return revise_metric(row, by=self.me, as_of=self.as_of, **data)


router.parts += [
    path("metrics/", MetricViewSet.as_view({"get": "list", "post": "create"}, detail=False), name="metrics-list"),
    path(
        "metrics/<str:pk>/",
        MetricViewSet.as_view({"get": "retrieve", "patch": "partial_update"}, detail=True),
        name="metrics-detail",
    ),
]
