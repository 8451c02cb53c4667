"""What a worker does when it is woken for the outbox."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from cshub.work import services


@shared_task(public=True)  # type: ignore[untyped-decorator]
def deliver(**_later_arguments: Any) -> None:
    """Send what is due in the outbox of the active tenant, or of the platform itself."""
    services.deliver_due(as_of=timezone.now())
