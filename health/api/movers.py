"""Accounts whose health rose or fell most, over REST: from a day to now, or to another day as it was known then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import Account
from cshub.api.router import router
from cshub.api.serializers import StrictSerializer
from cshub.api.viewsets import Kit
from health.api.asked import identifier, moment
from health.queries import Narrow, movers
from health.queries.changes import CHANGE_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request

MOST = 200
SHOWN = 10


class MoverSerializer(StrictSerializer):
    """An account with its score before and after, and the reason of the later one in the language asked for."""

    account = serializers.UUIDField(source="account_id")
    name = serializers.CharField()
    owner = serializers.CharField(help_text="Name of who owned it; empty for nobody.")
    arr = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    currency = serializers.CharField(allow_null=True)
    score_before = serializers.DecimalField(max_digits=5, decimal_places=2, source="before")
    band_before = serializers.CharField(source="before_band")
    score = serializers.DecimalField(max_digits=5, decimal_places=2)
    band = serializers.CharField()
    change = serializers.DecimalField(max_digits=5, decimal_places=2)
    reason = serializers.CharField()


class MoversSerializer(StrictSerializer):
    """Those that fell and those that rose, the furthest first; `as_of` null means now."""

    since = serializers.DateTimeField()
    as_of = serializers.DateTimeField(allow_null=True)
    read_as_today = serializers.ListField(
        child=serializers.CharField(), help_text="With as_of: `segment` where accounts were chosen by that field."
    )
    fallen = MoverSerializer(many=True)
    risen = MoverSerializer(many=True)


class MoversView(Kit):
    """Accounts that had a score at one moment and another one later, or that changed band in between."""

    model = Account
    serializer_class = MoversSerializer

    def known_parameters(self) -> set[str]:
        return {"since", "as_of", "changed", "owner", "segment", "in_segment", "limit"}

    @extend_schema(
        operation_id="health_movers",
        responses=MoversSerializer,
        parameters=[
            OpenApiParameter(
                "since", OpenApiTypes.DATETIME, description=f"{CHANGE_DAYS} days before as_of without it."
            ),
            OpenApiParameter(
                "as_of", OpenApiTypes.DATETIME, description="As known at this day or moment; now without."
            ),
            OpenApiParameter("changed", str, enum=["score", "band"], description="score without it."),
            OpenApiParameter("owner", OpenApiTypes.UUID, description="Only the accounts of this person."),
            OpenApiParameter("segment", str, description="Only accounts with this text in their field segment."),
            OpenApiParameter("in_segment", OpenApiTypes.UUID, description="Only the members of this segment."),
            OpenApiParameter("limit", int, description=f"Of each at most so many, {SHOWN} without it, {MOST} at most."),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The accounts that moved furthest. A day means its end in UTC."""
        asked = request.query_params
        at = moment(asked, "as_of", as_of=self.as_of)
        until = at or self.as_of
        since = moment(asked, "since", as_of=self.as_of) or until - timedelta(days=CHANGE_DAYS)
        if since >= until:
            raise serializers.ValidationError({"since": _("Choose a moment before the one looked at.")})
        narrow = Narrow(identifier(asked, "owner"), asked.get("segment"), identifier(asked, "in_segment"))
        found = movers(narrow, since=since, at=at, bands_only=_bands_only(asked), most=_limit(asked))
        as_today = ["segment"] if at and narrow.segment is not None else []
        document = {
            "since": since,
            "as_of": at,
            "read_as_today": as_today,
            "fallen": found.fallen,
            "risen": found.risen,
        }
        return Response(MoversSerializer(document).data)


def _bands_only(asked: Mapping[str, str]) -> bool:
    changed = asked.get("changed", "score")
    if changed not in ("score", "band"):
        words = {"value": changed[:40], "known": "score, band"}
        raise serializers.ValidationError({"changed": _("“%(value)s” is no change. Use one of %(known)s.") % words})
    return changed == "band"


def _limit(asked: Mapping[str, str]) -> int:
    text = asked.get("limit", str(SHOWN))
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST):
        words = {"value": text[:20], "most": MOST}
        raise serializers.ValidationError(
            {"limit": _("“%(value)s” is no page size. Choose a whole number from 1 to %(most)s.") % words}
        )
    return int(text)


router.add("health_movers/", MoversView, name="health_movers")
