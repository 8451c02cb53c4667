"""Health of many accounts summed up, over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import signing
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import Account
from cshub.api.router import router
from cshub.api.serializers import StrictSerializer
from cshub.api.viewsets import Kit
from cshub.tenancy.signing import pepper
from health.api.asked import identifier, moment
from health.queries import Narrow, rollups
from health.queries.summing import MOST_GROUPS, WAYS, read_as_today

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request

    from health.sql.rollups import By

SALT = "health.api.rollups"


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
    """A group of customers, each in one group (by in_segment in each segment it is a member of). `mean` counts each scored account once; unknown ones are in no mean."""

    key = serializers.CharField(
        help_text="Id of the owner, parent or segment, or the text of the field segment; empty for those without."
    )
    label: Any = serializers.CharField()
    account_count = serializers.IntegerField()
    unknown_count = serializers.IntegerField()
    mean = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    bands = serializers.DictField(child=serializers.IntegerField())
    money = MoneySerializer(many=True)


class RollUpsSerializer(StrictSerializer):
    """A page of groups, the largest first; `as_of` null means now."""

    by = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    read_as_today = serializers.ListField(
        child=serializers.CharField(),
        help_text="With as_of: what has no past and was read as it is now, among `segment` (the field) and `parent`.",
    )
    data: Any = RollUpSerializer(many=True)
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True, help_text="Send it as `cursor` to get the next page.")


class RollUpsView(Kit):
    """Health by owner, segment or parent, or of the whole portfolio, now or at a past day."""

    model = Account
    serializer_class = RollUpsSerializer

    def known_parameters(self) -> set[str]:
        return {"by", "owner", "segment", "in_segment", "parent", "as_of", "limit", "cursor"}

    @extend_schema(
        operation_id="health_rollups",
        responses=RollUpsSerializer,
        parameters=[
            OpenApiParameter("by", str, enum=list(WAYS), description="portfolio without it."),
            OpenApiParameter("owner", OpenApiTypes.UUID, description="Only the accounts of this person."),
            OpenApiParameter("segment", str, description="Only accounts with this text in their field segment."),
            OpenApiParameter("in_segment", OpenApiTypes.UUID, description="Only the members of this segment."),
            OpenApiParameter(
                "parent", OpenApiTypes.UUID, description="With by=parent: the branches below this account."
            ),
            OpenApiParameter(
                "as_of", OpenApiTypes.DATETIME, description="As known at this day or moment; now without."
            ),
            OpenApiParameter("limit", int, description=f"Groups of a page, at most {MOST_GROUPS}."),
            OpenApiParameter("cursor", str, description="next_cursor of the page before."),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The groups. By parent each holds all accounts below it, each once; with `parent`, one level further down."""
        asked = request.query_params
        by, at = _way(asked), moment(asked, "as_of", as_of=self.as_of)
        narrow = Narrow(identifier(asked, "owner"), asked.get("segment"), identifier(asked, "in_segment"))
        parent, after = identifier(asked, "parent"), _opened(asked, by)
        page = rollups(by, narrow, parent=parent, at=at, after=after, limit=_limit(asked))
        cursor = signing.dumps([by, *page.after], salt=SALT + pepper()) if page.after else None
        document = {
            "by": by,
            "as_of": at,
            "read_as_today": read_as_today(by, narrow, at=at),
            "data": page.groups,
            "has_more": cursor is not None,
            "next_cursor": cursor,
        }
        return Response(RollUpsSerializer(document).data)


def _way(asked: Mapping[str, str]) -> By:
    text = asked.get("by", "portfolio")
    by: By | None = next((way for way in WAYS if way == text), None)
    if by is None:
        words = {"value": text[:40], "known": ", ".join(WAYS)}
        raise serializers.ValidationError({"by": _("“%(value)s” is no way to sum up. Use one of %(known)s.") % words})
    if "parent" in asked and by != "parent":
        raise serializers.ValidationError({"parent": _("This means something only with by=parent.")})
    return by


def _limit(asked: Mapping[str, str]) -> int:
    text = asked.get("limit", str(MOST_GROUPS))
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_GROUPS):
        words = {"value": text[:20], "most": MOST_GROUPS}
        raise serializers.ValidationError(
            {"limit": _("“%(value)s” is no page size. Choose a whole number from 1 to %(most)s.") % words}
        )
    return int(text)


def _opened(asked: Mapping[str, str], by: By) -> tuple[int, str] | None:
    if "cursor" not in asked:
        return None
    try:
        way, count, key = signing.loads(asked["cursor"], salt=SALT + pepper())
    except (signing.BadSignature, ValueError):
        way, count, key = "", 0, ""
    if way != by:
        raise serializers.ValidationError({"cursor": _("This is no cursor of this list. Start again without it.")})
    return count, key


router.add("health_rollups/", RollUpsView, name="health_rollups")
