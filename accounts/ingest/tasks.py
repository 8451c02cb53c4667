"""What a worker does with files."""

from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts.ingest import services
from accounts.ingest.models import ImportBatch


@shared_task  # type: ignore[untyped-decorator]
def follow_order(*, batch_id: str, **_later_arguments: Any) -> None:
    """Check or import a file as ordered."""
    batch = ImportBatch.objects.select_related("job__created_by", "created_by").filter(pk=batch_id).first()
    if batch is not None:
        services.follow_order(batch, clock=timezone.now)


@shared_task  # type: ignore[untyped-decorator]
def go_on(**_later_arguments: Any) -> None:
    """Hand files whose worker stopped to a worker again."""
    for batch in services.left_behind(as_of=timezone.now()):
        follow_order.delay(batch_id=str(batch.pk))
