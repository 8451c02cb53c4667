"""Health over REST: how it is computed, and every verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import F, Prefetch, QuerySet
from django.urls import path
from rest_framework import serializers

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Resource
from health.models import AccountHealth, HealthScore, Scorecard, ScorecardVersion
from health.queries import contributions, reasons_of
from health.scorecards.api import (
    ApprovalDeed,
    PreviewDeed,
    ReturnDeed,
    ScorecardVersionSerializer,
    ScorecardVersionViewSet,
    SubmissionDeed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


class ScorecardSerializer(StrictModelSerializer):
    """A way to score accounts, with its versions, the newest first."""

    versions = ScorecardVersionSerializer(many=True, read_only=True)

    class Meta:
        model = Scorecard
        fields: Any = ("id", "name", "created_at", "versions")
        read_only_fields = fields


class ScorecardViewSet(Resource):
    """How health is computed."""

    model = Scorecard
    serializer_class = ScorecardSerializer
    filterset_fields: ClassVar[Any] = {"name": ["exact", "icontains"]}
    sort_fields: ClassVar[dict[str, str]] = {"name": "name", "created_at": "created_at"}
    default_sort = "name"

    def get_queryset(self) -> QuerySet[Any]:
        visible: QuerySet[Any] = super().get_queryset()
        return visible.prefetch_related(Prefetch("versions", ScorecardVersion.objects.order_by("-number")))


class ContributionSerializer(serializers.Serializer[Any]):
    """What one measure said: its raw value in the source's unit and its points of 100; null without data."""

    key = serializers.CharField()
    source: Any = serializers.CharField()
    raw = serializers.FloatField(allow_null=True)
    points = serializers.FloatField(allow_null=True)


class VerdictSerializer(StrictModelSerializer):
    """What every verdict says. `score` is null while too little is known."""

    version = serializers.UUIDField(source="version_id", read_only=True, help_text="Id of the scorecard version.")
    reason_text = serializers.CharField(read_only=True, help_text="The reason in words, in the reader's language.")
    contributions = ContributionSerializer(many=True, read_only=True)


FIELDS = (
    *("account", "scored_at", "score", "band", "coverage", "reason", "reason_text", "version", "contributions"),
    "input_hash",
)


class AccountHealthSerializer(VerdictSerializer):
    """The verdict in force of an account."""

    class Meta:
        model = AccountHealth
        fields: Any = FIELDS
        read_only_fields = fields


class HealthScoreSerializer(VerdictSerializer):
    """One verdict of the history."""

    class Meta:
        model = HealthScore
        fields: Any = FIELDS
        read_only_fields = fields


class Verdicts(Resource):
    """Verdicts with their reasons in words and what each measure said."""

    def get_queryset(self) -> QuerySet[Any]:
        visible: QuerySet[Any] = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return visible
        identified: QuerySet[Any] = visible.annotate(id=F("account_id"))  # at one moment an account has one verdict
        return identified

    def represent_page(self, rows: Sequence[Any]) -> Any:
        for row, parts, reason in zip(rows, contributions(rows), reasons_of(rows), strict=True):
            row.contributions, row.reason_text = parts, reason
        return super().represent_page(rows)


class AccountHealthViewSet(Verdicts):
    """The verdict in force of every account, the worst first."""

    model = AccountHealth
    serializer_class = AccountHealthSerializer
    filterset_fields: ClassVar[Any] = {
        "account": ["exact", "in"],
        "band": ["exact", "in"],
        "score": ["gte", "lte"],
        "scored_at": ["gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"score": "score", "scored_at": "scored_at"}
    default_sort = "score"


class HealthScoreViewSet(Verdicts):
    """The history of verdicts, the latest first. A verdict is written when an account's inputs change."""

    model = HealthScore
    serializer_class = HealthScoreSerializer
    filterset_fields: ClassVar[Any] = {
        "account": ["exact", "in"],
        "band": ["exact", "in"],
        "scored_at": ["gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"scored_at": "scored_at"}
    default_sort = "-scored_at"


router.register("scorecards", ScorecardViewSet)
router.register("scorecard_versions", ScorecardVersionViewSet)
router.deed("scorecard_versions", "preview", PreviewDeed)
router.deed("scorecard_versions", "submission", SubmissionDeed)
router.deed("scorecard_versions", "approval", ApprovalDeed)
router.deed("scorecard_versions", "return", ReturnDeed)
router.parts += [
    path("account_health/", AccountHealthViewSet.as_view({"get": "list"}, detail=False), name="account_health-list"),
    path("health_scores/", HealthScoreViewSet.as_view({"get": "list"}, detail=False), name="health_scores-list"),
]
