"""Support tickets over REST."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.models import Ticket
from accounts.services.tickets import record_ticket, revise_ticket
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Changed, Created, Resource


class TicketSerializer(StrictModelSerializer):
    """A support ticket as the help desk tells it. `minutes` is the work it took; `satisfaction` runs from 1 (bad) to 5 (good)."""

    external_id = serializers.CharField(max_length=200)
    reopened_count = serializers.IntegerField(min_value=0, max_value=10_000, required=False)
    minutes = serializers.IntegerField(min_value=0, max_value=10_000_000, required=False, allow_null=True)
    satisfaction = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True)

    class Meta:
        model = Ticket
        fields: Any = (
            *("id", "account", "contact", "external_id", "subject", "channel", "status", "priority", "opened_at"),
            *(
                "first_replied_at",
                "resolved_at",
                "reopened_count",
                "minutes",
                "satisfaction",
                "recorded_at",
                "updated_at",
            ),
        )
        read_only_fields = ("id", "recorded_at", "updated_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for field in ("account", "external_id"):
            if self.instance is not None and field in attrs and attrs[field] != getattr(self.instance, field):
                raise serializers.ValidationError(
                    {field: "A ticket keeps its account and external ID. Leave this out."}
                )
        return attrs


class TicketViewSet(Created, Changed, Resource):
    """Support tickets, the latest first."""

    model = Ticket
    serializer_class = TicketSerializer
    filterset_fields: ClassVar[Any] = {
        **{name: ["exact"] for name in ("account", "contact", "external_id", "channel")},
        **{name: ["exact", "in"] for name in ("status", "priority")},
        **{name: ["gte", "lte"] for name in ("opened_at", "updated_at", "satisfaction", "reopened_count")},
        **{name: ["gte", "lte", "isnull"] for name in ("first_replied_at", "resolved_at")},
    }
    sort_fields: ClassVar[dict[str, str]] = {
        "id": "id", "opened_at": "opened_at", "resolved_at": "resolved_at", "updated_at": "updated_at",
    }  # fmt: skip
    default_sort = "-opened_at"

    def create_row(self, data: dict[str, Any]) -> Ticket:
        return record_ticket(by=self.me, as_of=self.as_of, **data)

    def change_row(self, row: Ticket, data: dict[str, Any]) -> Ticket:
        changes = {name: value for name, value in data.items() if name not in ("account", "external_id")}
        return revise_ticket(row, by=self.me, as_of=self.as_of, **changes)


router.register("tickets", TicketViewSet)
