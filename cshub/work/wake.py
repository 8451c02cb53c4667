"""Tells a worker on commit that there is something to do; a lost hint only costs the time until the next sweep."""

from datetime import datetime

from cshub.db.active import ACTIVE, PUBLIC
from cshub.tenancy import due
from cshub.tenancy.context import on_commit

OUTBOX = "outbox"


def wake_outbox(*, due_at: datetime) -> None:
    """Ring the doorbell for the outbox in this transaction, and hint at it after the commit."""
    from cshub.work.tasks import deliver

    if ACTIVE.schema != PUBLIC:  # the platform's own mails have no doorbell: the sweep looks at them itself
        due.ring(OUTBOX, due_at=due_at)
    on_commit(deliver.delay)
