"""Tells a worker on commit that there is something to do; a lost hint only costs the time until the next sweep."""

import logging
from datetime import datetime
from typing import Any

from celery import current_app
from kombu.exceptions import KombuError

from cshub.db.active import ACTIVE, PUBLIC
from cshub.tenancy import due
from cshub.tenancy.context import on_commit

OUTBOX = "outbox"
TURN = "turn"  # facts or playbooks changed: health and enrollments should follow soon
CHANGES = "changes"  # facts of some accounts changed: these should be scored again
STATISTICS = "statistics"  # so much was written that the planner should know
logger = logging.getLogger(__name__)


def wake_outbox(*, due_at: datetime) -> None:
    """Ring the doorbell for the outbox in this transaction, and hint at it after the commit."""
    if ACTIVE.schema != PUBLIC:  # the platform's own mails have no doorbell: they leave by the hint, or by the next one
        due.ring(OUTBOX, due_at=due_at)
    on_commit(_hint)


def wake_pipeline(*, due_at: datetime) -> None:
    """Ring for a turn of the pipeline in this transaction, and hint at it after the commit; many rings make one turn."""
    due.ring(TURN, due_at=due_at)
    on_commit(_hint_at_due_work)


def wake_changes(*, due_at: datetime) -> None:
    """Ring for the scoring of accounts whose facts changed, in this transaction; the next sweep after `due_at` answers."""
    due.ring(CHANGES, due_at=due_at)


def wake_statistics(*, due_at: datetime) -> None:
    """Ring for the planner's statistics of tables that were written much, in this transaction; the next sweep after `due_at` answers."""
    due.ring(STATISTICS, due_at=due_at)


def hint(*, after: float = 0) -> None:
    """Ask a worker to look what is due, now or in so many seconds, rather than at the next sweep. Call it after the commit."""
    _hint_at_due_work(after)


def _hint() -> None:
    from cshub.work.tasks import deliver

    _send(deliver)


def _hint_at_due_work(after: float = 0) -> None:
    _send(current_app.signature("cshub.operations.tasks.answer_due_work"), after)


def _send(message: Any, after: float = 0) -> None:
    try:
        message.apply_async(retry=False, countdown=after or None)
    except _errors_of(message.app) as error:
        logger.warning("The broker took no hint (%s); the sweep will find what is due.", error)


def _errors_of(app: Any) -> tuple[type[Exception], ...]:
    """What sending raises; a broker that answers and refuses a password or a virtual host, errors of its transport."""
    with app.connection_for_write() as broker:
        return (KombuError, OSError, *broker.connection_errors, *broker.channel_errors)
