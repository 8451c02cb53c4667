"""Files of accounts over REST: here, because whether evidence points to one is known above accounts."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from accounts import services
from accounts.models import Attachment
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Created, Deleted, Kit, Resource
from cshub.web.downloads import attachment_response
from reports.impact.queries import cited_ids


class AttachmentSerializer(StrictModelSerializer):
    """A file kept with an account, and perhaps with a person or an entry of the timeline there. Sent as multipart/form-data."""

    file = serializers.FileField(write_only=True, allow_empty_file=True)

    class Meta:
        model = Attachment
        fields: Any = (
            *("id", "account", "contact", "interaction", "file", "file_name", "content_type", "size", "digest"),
            *("uploaded_by", "recorded_at", "removed_at"),
        )
        read_only_fields = (
            *("id", "file_name", "content_type", "size", "digest"),
            *("uploaded_by", "recorded_at", "removed_at"),
        )


class AttachmentViewSet(Created, Deleted, Resource):
    """Files. One that evidence points to cannot be deleted; of a deleted one remains that it was there."""

    model = Attachment
    serializer_class = AttachmentSerializer
    parser_classes = (MultiPartParser,)
    filterset_fields: ClassVar[Any] = {
        **{name: ["exact"] for name in ("account", "contact", "interaction", "digest")},
        "removed_at": ["isnull"],
        "recorded_at": ["gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "recorded_at": "recorded_at", "file_name": "file_name"}
    default_sort = "-recorded_at"

    def create_row(self, data: dict[str, Any]) -> Attachment:
        file = data.pop("file")
        return services.attach_file(content=file, file_name=file.name, by=self.me, as_of=self.as_of, **data)

    def delete_row(self, row: Attachment) -> None:
        is_cited = bool(cited_ids("attachment", [row.pk]))
        services.remove_attachment(row, is_cited=is_cited, by=self.me, as_of=self.as_of)


class AttachmentContent(Kit):
    """The bytes of a file."""

    model = Attachment
    serializer_class = AttachmentSerializer

    @extend_schema(
        operation_id="attachments_content", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, pk: UUID) -> FileResponse:
        """Always to be saved, never shown in place."""
        return attachment_response(self.get_object())


router.register("attachments", AttachmentViewSet)
router.add("attachments/<uuid:pk>/content/", AttachmentContent, name="attachments-content")
