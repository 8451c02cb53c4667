"""Tells a worker on commit that there is something to do; a lost hint only costs the time until the next sweep."""

import logging
from datetime import datetime

from kombu.exceptions import KombuError

from cshub.db.active import ACTIVE, PUBLIC
from cshub.tenancy import due
from cshub.tenancy.context import on_commit

OUTBOX = "outbox"
logger = logging.getLogger(__name__)


def wake_outbox(*, due_at: datetime) -> None:
    """Ring the doorbell for the outbox in this transaction, and hint at it after the commit."""
    if ACTIVE.schema != PUBLIC:  # the platform's own mails have no doorbell: they leave by the hint, or by the next one
        due.ring(OUTBOX, due_at=due_at)
    on_commit(_hint)


def _hint() -> None:
    from cshub.work.tasks import deliver

    try:
        deliver.apply_async(retry=False)
    except (KombuError, OSError) as error:
        logger.warning("The broker took no hint (%s); the sweep will find the outbox.", error)
