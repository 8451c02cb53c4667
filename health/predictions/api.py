"""Predictions over REST: every probability, the versions of the model with their cards, and the back-tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import F, QuerySet
from django.urls import path
from django_filters import rest_framework as filters
from rest_framework import serializers

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Resource
from health.predictions.models import Backtest, Prediction, PredictionModel

if TYPE_CHECKING:
    from collections.abc import Sequence


class PredictionModelSerializer(StrictModelSerializer):
    """A version of the model. Its card says what it learned from, how good it was on rows it had not seen, and what it does not say."""

    class Meta:
        model = PredictionModel
        fields: Any = (
            *("id", "number", "state", "horizon_days", "features", "first_snapshot_on", "last_snapshot_on"),
            *("card", "digest", "as_of", "retired_at"),
        )
        read_only_fields = fields


class PredictionModelViewSet(Resource):
    """Versions of the model; one at most is in use."""

    model = PredictionModel
    serializer_class = PredictionModelSerializer
    filterset_fields: ClassVar[Any] = {"state": ["exact"], "number": ["exact"]}
    sort_fields: ClassVar[dict[str, str]] = {"number": "number"}
    default_sort = "-number"


class BacktestSerializer(StrictModelSerializer):
    """What health and the prediction were worth against what happened; `reasons` say why no model could be learned."""

    class Meta:
        model = Backtest
        fields: Any = (
            *("id", "as_of", "horizon_days", "snapshot_count", "decision", "model", "reasons", "comparison"),
            *("bands", "warning", "prediction"),
        )
        read_only_fields = fields


class BacktestViewSet(Resource):
    """Back-tests, the latest first."""

    model = Backtest
    serializer_class = BacktestSerializer
    filterset_fields: ClassVar[Any] = {"decision": ["exact"], "as_of": ["gte", "lte"]}
    sort_fields: ClassVar[dict[str, str]] = {"as_of": "as_of"}
    default_sort = "-as_of"


class PartSerializer(serializers.Serializer[Any]):
    """What one feature adds to the log-odds of leaving, against the typical account."""

    feature = serializers.CharField()
    log_odds = serializers.FloatField()


class PredictionSerializer(StrictModelSerializer):
    """The probability that an account leaves within the horizon, with its 95% interval."""

    model = serializers.UUIDField(source="model_id", read_only=True, help_text="Id of the version of the model.")
    horizon_days = serializers.IntegerField(read_only=True)
    drivers = PartSerializer(many=True, read_only=True, help_text="The strongest first; they tell accounts apart.")

    class Meta:
        model = Prediction
        fields: Any = ("account", "predicted_at", "model", "horizon_days", "probability", "low", "high", "drivers")
        read_only_fields = fields


class PredictionFilter(filters.FilterSet):  # type: ignore[misc]
    """Which probabilities."""

    present = filters.BooleanFilter(method="that_hold", label="Only those that hold now (true), or only earlier ones.")

    class Meta:
        model = Prediction
        fields: ClassVar[Any] = {
            "account": ["exact", "in"],
            "probability": ["gte", "lte"],
            "predicted_at": ["gte", "lte"],
        }

    def that_hold(self, predictions: Any, name: str, value: Any) -> Any:
        return predictions.present() if value else predictions.earlier()


class PredictionViewSet(Resource):
    """The history of probabilities, the latest first. One is written when an account's probability changes."""

    model = Prediction
    serializer_class = PredictionSerializer
    filterset_class = PredictionFilter
    sort_fields: ClassVar[dict[str, str]] = {"predicted_at": "predicted_at"}
    default_sort = "-predicted_at"

    def get_queryset(self) -> QuerySet[Any]:
        visible: QuerySet[Any] = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return visible
        identified: QuerySet[Any] = visible.annotate(id=F("account_id"))  # at one moment an account has one
        return identified

    def represent_page(self, rows: Sequence[Any]) -> Any:
        models = PredictionModel.objects.in_bulk({row.model_id for row in rows})
        for row in rows:
            model = models[row.model_id]
            row.horizon_days = model.horizon_days
            pairs = sorted(zip(model.features, row.parts, strict=True), key=lambda pair: (-abs(pair[1]), pair[0]))
            row.drivers = [{"feature": feature, "log_odds": part} for feature, part in pairs]
        return super().represent_page(rows)


router.register("prediction_models", PredictionModelViewSet)
router.register("backtests", BacktestViewSet)
router.parts.append(
    path("predictions/", PredictionViewSet.as_view({"get": "list"}, detail=False), name="predictions-list")
)
