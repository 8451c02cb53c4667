"""Segments over REST: rules with their versions, who is in them and was, and what a rule would find."""

from __future__ import annotations

from typing import Any, ClassVar

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Changed, Created, Deleted, Kit, Resource
from health.segments import services
from health.segments.models import Segment, SegmentMembership
from health.segments.rules import preview


class SegmentSerializer(StrictModelSerializer):
    """A rule that tells a group of accounts. A changed `definition` becomes the next version; see the guide for its grammar."""

    definition = serializers.JSONField(source="current.definition")
    version = serializers.IntegerField(source="current.number", read_only=True)

    class Meta:
        model = Segment
        fields: Any = (
            *("id", "name", "purpose", "owner", "definition", "version", "member_count", "refreshed_at"),
            *("problem", "archived_at", "created_at"),
        )
        read_only_fields = ("id", "member_count", "refreshed_at", "problem", "archived_at", "created_at")
        extra_kwargs: ClassVar[Any] = {"name": {"validators": []}}


class SegmentViewSet(Created, Changed, Deleted, Resource):
    """Segments; deleting one archives it."""

    model = Segment
    serializer_class = SegmentSerializer
    related = ("current",)
    filterset_fields: ClassVar[Any] = {
        "name": ["exact", "icontains"],
        "owner": ["exact"],
        "archived_at": ["isnull"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"name": "name", "member_count": "member_count", "created_at": "created_at"}
    default_sort = "name"

    def create_row(self, data: dict[str, Any]) -> Segment:
        return services.create_segment(**_flat(data), by=self.me, as_of=self.as_of)

    def change_row(self, row: Segment, data: dict[str, Any]) -> Segment:
        return services.revise_segment(row, **_flat(data), by=self.me, as_of=self.as_of)

    def delete_row(self, row: Segment) -> None:
        services.archive_segment(row, by=self.me, as_of=self.as_of)


class MembershipSerializer(StrictModelSerializer):
    """An account was in a segment from one moment to another; `left_at` is null while it still is."""

    class Meta:
        model = SegmentMembership
        fields: Any = ("id", "segment", "account", "entered_at", "left_at")
        read_only_fields = fields


class MembershipFilter(filters.FilterSet):  # type: ignore[misc]
    """Which memberships."""

    at = filters.IsoDateTimeFilter(method="held_at", label="Memberships that held at this moment.")

    class Meta:
        model = SegmentMembership
        fields: ClassVar[Any] = {
            "segment": ["exact"],
            "account": ["exact"],
            "left_at": ["isnull"],
            "entered_at": ["gte", "lte"],
        }

    def held_at(self, memberships: Any, name: str, value: Any) -> Any:
        return memberships.at(value)


class MembershipViewSet(Resource):
    """Who was in which segment, and when."""

    model = SegmentMembership
    serializer_class = MembershipSerializer
    filterset_class = MembershipFilter
    sort_fields: ClassVar[dict[str, str]] = {"entered_at": "entered_at", "id": "id"}
    default_sort = "-entered_at"


class RuleInput(StrictSerializer):
    """A rule to try."""

    definition = serializers.JSONField()


class SampledSerializer(serializers.Serializer[Any]):
    """One account that meets the rule."""

    id = serializers.UUIDField(source="pk")
    external_id = serializers.CharField()
    name = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Any]):
    """What a rule would find now: how many accounts, the largest of them, and the planner's estimate of its cost."""

    count = serializers.IntegerField()
    cost = serializers.FloatField()
    sample = SampledSerializer(many=True)


class PreviewView(Kit):
    """Try a rule without keeping it."""

    model = Segment
    serializer_class = RuleInput

    @extend_schema(operation_id="segments_preview", responses=PreviewSerializer)
    def post(self, request: Request) -> Response:
        """Count the accounts that meet a rule now; refused where that would cost too much or take too long."""
        found = preview(self.checked(request)["definition"], as_of=self.as_of)
        return Response(PreviewSerializer(found).data)


def _flat(data: dict[str, Any]) -> dict[str, Any]:
    """The rule stands in the row's version, for the serializer alone."""
    rule = data.pop("current", None)
    return data if rule is None else {**data, "definition": rule["definition"]}


router.register("segments", SegmentViewSet)
router.register("segment_memberships", MembershipViewSet)
router.add("segments/preview/", PreviewView, name="segments-preview")
