"""Imports over REST: to be read, and undone."""

from __future__ import annotations

from typing import Any, ClassVar

from accounts.ingest import (
    api_rows,  # noqa: F401  # batches and rows by external ID hang themselves into the router
    services,
    tasks,
)
from accounts.ingest.models import ImportBatch
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Deed, Resource
from cshub.tenancy.context import on_commit


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
            *("rejected_count", "error", "job", "created_by", "created_at", "imported_at", "undone_at", "undone"),
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


class UndoInput(StrictSerializer):
    """Nothing has to be said."""


class ImportUndo(Deed):
    """Undo an import in the background: what it added is removed, what it changed is put back, where nobody touched it since."""

    model = ImportBatch
    related = ("job",)
    serializer_class = UndoInput
    answer_class = ImportSerializer

    def do(self, row: ImportBatch, data: dict[str, Any]) -> ImportBatch:
        services.order_undo(row, by=self.me, as_of=self.as_of)
        batch_id = str(row.pk)
        on_commit(lambda: tasks.follow_order.delay(batch_id=batch_id))
        return row


router.register("imports", ImportViewSet)
router.deed("imports", "undo", ImportUndo)
