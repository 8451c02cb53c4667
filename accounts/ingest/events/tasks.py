"""What a worker does with events."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts.ingest.events import services

SLICES_OF_A_HAND = 10  # then others have their turn


@shared_task  # type: ignore[untyped-decorator]
def work_off(*, go_on: Callable[[], None] | None = None, **_later_arguments: Any) -> datetime | None:
    """Work off the events that wait in the active tenant; when to look again, None when nothing is coming in."""
    if services.is_behind():
        lend_a_hand.delay()
    services.fold_waiting(clock=timezone.now, go_on=go_on)
    return services.look_again_at(as_of=timezone.now())


@shared_task  # type: ignore[untyped-decorator]
def lend_a_hand(**_later_arguments: Any) -> None:
    """Work off events side by side with whoever has the claim, for as long as more waits than one can have in hand. Needs no claim: requests
    are taken one by one, and what a killed helper had in hand is waiting again."""
    services.fold_waiting(clock=timezone.now, most=SLICES_OF_A_HAND)
    if services.is_behind():
        lend_a_hand.delay()


@shared_task  # type: ignore[untyped-decorator]
def tidy(**_later_arguments: Any) -> None:
    """Forget and let in what is due in the active tenant."""
    services.tidy(as_of=timezone.now())
