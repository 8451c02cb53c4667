"""What a worker does with events."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts.ingest.events import services


@shared_task  # type: ignore[untyped-decorator]
def work_off(**_later_arguments: Any) -> None:
    """Work off the events that wait in the active tenant."""
    services.fold_waiting(clock=timezone.now)


@shared_task  # type: ignore[untyped-decorator]
def tidy(**_later_arguments: Any) -> None:
    """Forget and let in what is due in the active tenant."""
    services.tidy(as_of=timezone.now())
