"""Health set by hand, over REST."""

from __future__ import annotations

from typing import Any, ClassVar

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Created, Deed, Resource
from health.models import HealthOverride
from health.overriding import end_override, override_health


class HealthOverrideSerializer(StrictModelSerializer):
    """The health a person set, as a band or a score, until the end of a day. It ends by itself."""

    class Meta:
        model = HealthOverride
        fields: Any = (
            *("id", "account", "band", "score", "reason", "until_on"),
            *("author", "made_at", "ended_at", "ended_by"),
        )
        read_only_fields = ("id", "author", "made_at", "ended_at", "ended_by")


class HealthOverrideViewSet(Created, Resource):
    """Health set by hand; posting one ends what was set for the account before."""

    model = HealthOverride
    serializer_class = HealthOverrideSerializer
    filterset_fields: ClassVar[Any] = {"account": ["exact", "in"], "until_on": ["gte", "lte"]}
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "made_at": "made_at"}
    default_sort = "-made_at"

    def create_row(self, data: dict[str, Any]) -> HealthOverride:
        return override_health(data.pop("account"), by=self.me, as_of=self.as_of, **data)


class NothingSerializer(StrictSerializer):
    """No body."""


class EndingView(Deed):
    """Take an override back before its day."""

    model = HealthOverride
    serializer_class = NothingSerializer
    answer_class = HealthOverrideSerializer

    def do(self, row: HealthOverride, data: dict[str, Any]) -> HealthOverride:
        return end_override(row, by=self.me, as_of=self.as_of)


router.register("health_overrides", HealthOverrideViewSet)
router.deed("health_overrides", "ending", EndingView)
