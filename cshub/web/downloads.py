"""Hands out kept files: to be saved, never to be run or shown in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404

if TYPE_CHECKING:
    from accounts.models import Attachment


def attachment_response(attachment: Attachment) -> FileResponse:
    """The bytes with their name. Raises Http404 for a file that was removed."""
    if attachment.removed_at is not None or not default_storage.exists(attachment.stored_as):
        raise Http404
    response = FileResponse(
        default_storage.open(attachment.stored_as, "rb"),
        as_attachment=True,
        filename=attachment.file_name,
        content_type=attachment.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
