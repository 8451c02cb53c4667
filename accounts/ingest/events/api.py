"""Sources and events in quarantine over REST."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.ingest.events import services
from accounts.ingest.events.models import RejectedEvent, Source
from accounts.ingest.events.reading.reasons import sentence
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Created, Deed, Resource


class SourceSerializer(StrictModelSerializer):
    """A program that sends events; `secret` is its write key and is answered once, when it is made."""

    secret = serializers.SerializerMethodField(
        help_text="The write key itself, only in the answer that created it; null later."
    )

    class Meta:
        model = Source
        fields: Any = (
            "id",
            "name",
            "prefix",
            "secret",
            "events_a_minute",
            "is_active",
            "last_received_at",
            "previous_until",
            "created_at",
        )
        read_only_fields = ("id", "prefix", "is_active", "last_received_at", "previous_until", "created_at")
        extra_kwargs: ClassVar[Any] = {"events_a_minute": {"min_value": 1}}

    def get_secret(self, source: Source) -> str | None:
        return getattr(source, "plain", None)


class SourceViewSet(Created, Resource):
    """Programs that send events."""

    model = Source
    serializer_class = SourceSerializer
    filterset_fields: ClassVar[Any] = {"name": ["exact", "icontains"], "is_active": ["exact"]}
    sort_fields: ClassVar[dict[str, str]] = {"name": "name", "created_at": "created_at"}
    default_sort = "name"
    secrets: ClassVar[tuple[str, ...]] = ("secret",)

    def create_row(self, data: dict[str, Any]) -> Source:
        source, plain = services.create_source(**data, by=self.me, as_of=self.as_of)
        source.plain = plain  # type: ignore[attr-defined]
        return source


class RotationSerializer(StrictSerializer):
    """A new write key, and until when the old one works."""

    old_key_until = serializers.DateTimeField(
        required=False,
        help_text="Until when the old key works, 90 days at most; a past time ends it at once. A day if left out.",
    )


class RotationView(Deed):
    """A source's new write key."""

    model = Source
    serializer_class = RotationSerializer
    answer_class = SourceSerializer
    secrets: ClassVar[tuple[str, ...]] = ("secret",)

    def do(self, row: Source, data: dict[str, Any]) -> Source:
        source, plain = services.rotate_key(row, by=self.me, as_of=self.as_of, old_key_until=data.get("old_key_until"))
        source.plain = plain  # type: ignore[attr-defined]
        return source


class RejectedEventSerializer(StrictModelSerializer):
    """An event that could not be taken, with the reason."""

    reason = serializers.SerializerMethodField(help_text="A sentence with the remedy.")

    class Meta:
        model = RejectedEvent
        fields: Any = (
            *("id", "source", "kind", "code", "reason", "payload", "arrival_count"),
            *("received_at", "state", "settled_at", "settled_by"),
        )
        read_only_fields = fields

    def get_reason(self, event: RejectedEvent) -> str:
        return sentence(event.code, event.value)


class RejectedEventViewSet(Resource):
    """Events in quarantine, the latest first."""

    model = RejectedEvent
    serializer_class = RejectedEventSerializer
    filterset_fields: ClassVar[Any] = {
        "source": ["exact"], "state": ["exact"], "code": ["exact", "in"], "received_at": ["gte", "lte"],
    }  # fmt: skip
    sort_fields: ClassVar[dict[str, str]] = {"received_at": "received_at"}
    default_sort = "-received_at"


router.register("sources", SourceViewSet)
router.deed("sources", "rotation", RotationView)
router.register("rejected_events", RejectedEventViewSet)
