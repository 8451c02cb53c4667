"""What a worker does with scorecards."""

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from cshub.tenancy.hosts import site_address
from health.mailing import services as mailing
from health.scorecards import previewing


@shared_task  # type: ignore[untyped-decorator]
def follow_preview(*, job_id: str, **_later_arguments: Any) -> None:
    """Compute a preview as ordered."""
    previewing.follow_preview(UUID(job_id), clock=timezone.now)


@shared_task  # type: ignore[untyped-decorator]
def tell_changes(**_later_arguments: Any) -> None:
    """Mail everybody whose morning has come which accounts of their book changed band."""
    mailing.tell_changes(site=site_address(), as_of=timezone.now())


@shared_task  # type: ignore[untyped-decorator]
def go_on(**_later_arguments: Any) -> None:
    """Hand previews whose worker stopped to a worker again."""
    for job in previewing.left_behind(as_of=timezone.now()):
        follow_preview.delay(job_id=str(job.pk))
