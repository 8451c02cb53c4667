"""What a worker does when sources are due."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts.ingest.connectors import services


@shared_task  # type: ignore[untyped-decorator]
def sync_due(**_later_arguments: Any) -> None:
    """Read the sources of the active tenant that are due."""
    services.sync_due(clock=timezone.now)
