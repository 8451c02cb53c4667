"""Health of many accounts summed up, over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import Account
from cshub.api.router import router
from cshub.api.serializers import StrictSerializer
from cshub.api.viewsets import Kit
from health.queries import rollups
from health.queries.summing import WAYS

if TYPE_CHECKING:
    from rest_framework.request import Request

    from health.sql.rollups import By


class MoneySerializer(StrictSerializer):
    """The revenue of a group in one currency; `mean` weighs each score by its revenue."""

    currency = serializers.CharField()
    arr = serializers.DecimalField(max_digits=24, decimal_places=2)
    unknown_arr = serializers.DecimalField(
        max_digits=24, decimal_places=2, help_text="What accounts without a score pay."
    )
    mean = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    bands = serializers.DictField(child=serializers.DecimalField(max_digits=24, decimal_places=2))


class RollUpSerializer(StrictSerializer):
    """A group of customers, each in one group. `mean` counts each scored account once; unknown ones are in no mean."""

    key = serializers.CharField(help_text="Id of the owner or parent, or the segment; empty for those without.")
    label: Any = serializers.CharField()
    account_count = serializers.IntegerField()
    unknown_count = serializers.IntegerField()
    mean = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    bands = serializers.DictField(child=serializers.IntegerField())
    money = MoneySerializer(many=True)


class RollUpsSerializer(StrictSerializer):
    """At most 200 groups, the largest first."""

    by = serializers.CharField()
    data: Any = RollUpSerializer(many=True)


class RollUpsView(Kit):
    """Health by owner, segment or parent, or of the whole portfolio."""

    model = Account
    serializer_class = RollUpsSerializer

    def known_parameters(self) -> set[str]:
        return {"by", "owner", "segment", "parent"}

    @extend_schema(
        operation_id="health_rollups",
        responses=RollUpsSerializer,
        parameters=[
            OpenApiParameter("by", str, enum=list(WAYS), description="portfolio without it."),
            OpenApiParameter("owner", OpenApiTypes.UUID, description="Only the accounts of this person."),
            OpenApiParameter("segment", str, description="Only the accounts of this segment."),
            OpenApiParameter(
                "parent", OpenApiTypes.UUID, description="With by=parent: the branches below this account."
            ),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The groups. By parent each holds all accounts below it, each once; with `parent`, one level further down."""
        asked = request.query_params
        by: By | None = next((way for way in WAYS if way == asked.get("by", "portfolio")), None)
        if by is None:
            raise serializers.ValidationError({"by": f"{asked['by'][:40]} is no way to sum up. Use {', '.join(WAYS)}."})
        if "parent" in asked and by != "parent":
            raise serializers.ValidationError({"parent": "means something only with by=parent."})
        found = rollups(by, owner=_id(asked, "owner"), segment=asked.get("segment"), parent=_id(asked, "parent"))
        return Response(RollUpsSerializer({"by": by, "data": found}).data)


def _id(asked: Any, name: str) -> UUID | None:
    if name not in asked:
        return None
    try:
        return UUID(asked[name])
    except ValueError:
        raise serializers.ValidationError({name: f"{asked[name][:40]} is no id."}) from None


router.add("health_rollups/", RollUpsView, name="health_rollups")
