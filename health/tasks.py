"""What a worker does with scorecards."""

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from health.scorecards import previewing


@shared_task  # type: ignore[untyped-decorator]
def follow_preview(*, job_id: str, **_later_arguments: Any) -> None:
    """Compute a preview as ordered."""
    previewing.follow_preview(UUID(job_id), clock=timezone.now)


@shared_task  # type: ignore[untyped-decorator]
def go_on(**_later_arguments: Any) -> None:
    """Hand previews whose worker stopped to a worker again."""
    for job in previewing.left_behind(as_of=timezone.now()):
        follow_preview.delay(job_id=str(job.pk))
