"""Interactions and survey answers over REST."""

from __future__ import annotations

from typing import Any, ClassVar

from accounts import services
from accounts.models import Interaction, SurveyResponse
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Created, Resource


class InteractionSerializer(StrictModelSerializer):
    """A call, mail, meeting or note with its minutes; never changed afterwards."""

    class Meta:
        model = Interaction
        fields: Any = (
            *(
                "id",
                "account",
                "contact",
                "user",
                "external_id",
                "channel",
                "direction",
                "mode",
                "minutes",
                "subject",
                "body",
            ),
            *("occurred_at", "recorded_at"),
        )
        read_only_fields = ("id", "recorded_at")


class InteractionViewSet(Created, Resource):
    """What happened between us and accounts, the latest first."""

    model = Interaction
    serializer_class = InteractionSerializer
    filterset_fields: ClassVar[Any] = {
        **{name: ["exact"] for name in ("account", "contact", "user", "external_id", "channel", "direction", "mode")},
        **{name: ["gte", "lte"] for name in ("occurred_at", "recorded_at")},
    }
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "occurred_at": "occurred_at", "recorded_at": "recorded_at"}
    default_sort = "-occurred_at"

    def create_row(self, data: dict[str, Any]) -> Interaction:
        return services.record_interaction(by=self.me, as_of=self.as_of, **{"minutes": 0, **data})


class SurveyResponseSerializer(StrictModelSerializer):
    """One answer: NPS 0 to 10, CSAT 1 to 5, CES 1 to 7."""

    class Meta:
        model = SurveyResponse
        fields: Any = (
            "id",
            "account",
            "contact",
            "external_id",
            "kind",
            "score",
            "verbatim",
            "occurred_at",
            "recorded_at",
        )
        read_only_fields = ("id", "recorded_at")


class SurveyResponseViewSet(Created, Resource):
    """Answers to surveys, the latest first."""

    model = SurveyResponse
    serializer_class = SurveyResponseSerializer
    filterset_fields: ClassVar[Any] = {
        **{name: ["exact"] for name in ("account", "contact", "external_id", "kind")},
        **{name: ["gte", "lte"] for name in ("score", "occurred_at", "recorded_at")},
    }
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "occurred_at": "occurred_at", "score": "score"}
    default_sort = "-occurred_at"

    def create_row(self, data: dict[str, Any]) -> SurveyResponse:
        return services.record_survey_response(by=self.me, as_of=self.as_of, **data)


router.register("interactions", InteractionViewSet)
router.register("survey_responses", SurveyResponseViewSet)
