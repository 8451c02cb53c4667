"""Compares the accounts of a large tenant in the background."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts.ingest.quality import services


@shared_task  # type: ignore[untyped-decorator]
def find_duplicates(**_later_arguments: Any) -> None:
    """Compare all accounts of the active tenant."""
    services.find_duplicates(as_of=timezone.now())
