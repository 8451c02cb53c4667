"""What a worker does with events."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts.ingest.events import services


@shared_task  # type: ignore[untyped-decorator]
def work_off(*, go_on: Callable[[], None] | None = None, **_later_arguments: Any) -> datetime | None:
    """Work off the events that wait in the active tenant; when to look again, None when nothing is coming in."""
    services.fold_waiting(clock=timezone.now, go_on=go_on)
    return services.look_again_at(as_of=timezone.now())


@shared_task  # type: ignore[untyped-decorator]
def tidy(**_later_arguments: Any) -> None:
    """Forget and let in what is due in the active tenant."""
    services.tidy(as_of=timezone.now())
