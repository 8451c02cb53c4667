"""Imports over REST, to be read."""

from __future__ import annotations

from typing import Any, ClassVar

from accounts.ingest.models import ImportBatch
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Resource


class ImportSerializer(StrictModelSerializer):
    """One file and what became of its rows."""

    class Meta:
        model = ImportBatch
        fields: Any = (
            *(
                "id",
                "kind",
                "state",
                "file_name",
                "row_count",
                "done_count",
                "added_count",
                "updated_count",
                "unchanged_count",
            ),
            *("rejected_count", "error", "job", "created_by", "created_at", "imported_at"),
        )
        read_only_fields = fields


class ImportViewSet(Resource):
    """Files that came in, the latest first."""

    model = ImportBatch
    serializer_class = ImportSerializer
    filterset_fields: ClassVar[Any] = {
        "kind": ["exact"], "state": ["exact"], "created_by": ["exact"], "created_at": ["gte", "lte"],
    }  # fmt: skip
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "created_at": "created_at"}
    default_sort = "-created_at"


router.register("imports", ImportViewSet)
