"""Likely duplicates over REST, to be read; they are merged as accounts are merged."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet

from accounts.ingest.quality.models import LikelyDuplicate
from accounts.ingest.quality.queries.duplicates import open_pairs
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Resource


class LikelyDuplicateSerializer(StrictModelSerializer):
    """Two accounts that look like one customer, and what they have in common. Merge them by posting to account_merges."""

    class Meta:
        model = LikelyDuplicate
        fields: Any = ("id", "first", "second", "strength", "name_likeness", "domain", "email_count", "found_at")
        read_only_fields = fields


class LikelyDuplicateViewSet(Resource):
    """Pairs nobody has settled, the strongest first."""

    model = LikelyDuplicate
    serializer_class = LikelyDuplicateSerializer
    filterset_fields: ClassVar[Any] = {"first": ["exact"], "second": ["exact"], "strength": ["gte"]}
    sort_fields: ClassVar[dict[str, str]] = {"strength": "strength", "id": "id", "found_at": "found_at"}
    default_sort = "-strength"

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(pk__in=open_pairs().order_by().values("pk"))


router.register("likely_duplicates", LikelyDuplicateViewSet)
