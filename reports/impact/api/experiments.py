"""Experiments and their readings: read only."""

from __future__ import annotations

from typing import Any, ClassVar

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Resource
from reports.impact.models import Estimate, Experiment


class ExperimentSerializer(StrictModelSerializer):
    """The comparison that the approval of a playbook version registered."""

    class Meta:
        model = Experiment
        fields: Any = (
            *("id", "version", "question", "primary_outcome", "holdout_share", "strata", "horizon_days"),
            *("registered_at", "registered_by"),
        )
        read_only_fields = fields


class ExperimentViewSet(Resource):
    """Experiments, the newest first. The salt of the lot is not shown: who knew it could foresee the draw."""

    model = Experiment
    serializer_class = ExperimentSerializer
    filterset_fields: ClassVar[Any] = {"version": ["exact"], "registered_at": ["gte", "lte"]}
    sort_fields: ClassVar[dict[str, str]] = {"registered_at": "registered_at"}
    default_sort = "-registered_at"


class EstimateSerializer(StrictModelSerializer):
    """One reading: point, low and high are shares (0.05 = 5 points), all null while there is no interval."""

    class Meta:
        model = Estimate
        fields: Any = (
            *("id", "experiment", "as_of", "outcome", "method", "grade", "verdict", "point", "low", "high"),
            *("treated_count", "held_out_count", "reasons", "diagnostics", "data_hash"),
        )
        read_only_fields = fields


class EstimateViewSet(Resource):
    """Readings, the newest first."""

    model = Estimate
    serializer_class = EstimateSerializer
    filterset_fields: ClassVar[Any] = {
        **{name: ["exact"] for name in ("experiment", "outcome")},
        "verdict": ["exact", "in"],
        "as_of": ["gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"as_of": "as_of"}
    default_sort = "-as_of"


router.register("experiments", ExperimentViewSet)
router.register("estimates", EstimateViewSet)
