"""Settles what waits: an event in quarantine is replayed or dismissed, a request that got stuck is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.ingest.events.models import Call, RawBatch, RejectedEvent
from accounts.ingest.events.services.receiving import DOORBELL
from cshub.audit import services as audit
from cshub.kernel.refusal import Refused
from cshub.tenancy import due
from cshub.tenancy.context import on_commit
from cshub.work import wake

if TYPE_CHECKING:
    from datetime import datetime

    from cshub.users.models import User

State = RejectedEvent.State


class AlreadySettled(Refused):
    """Somebody replayed or dismissed the event before."""

    code = "already_settled"


@transaction.atomic
def replay(event: RejectedEvent, *, by: User | None, as_of: datetime) -> RejectedEvent:
    """Send an event from quarantine through once more, as if it came in now at its own time. If it is still bad it comes back.

    Raises AlreadySettled.
    """
    held = _settle(event, State.REPLAYED, by=by, as_of=as_of)
    body = f'{{"batch":[{held.payload}]}}' if held.kind == Call.BATCH else held.payload
    RawBatch.objects.create(
        source_id=held.source_id,
        kind=held.kind,
        received_at=held.received_at,
        sent_at=held.sent_at,
        body=body,
        event_count=1,
    )
    _wake(as_of)
    audit.record("rejected_event.replayed", target=held, by=by, at=as_of, after={"code": held.code})
    return held


@transaction.atomic
def dismiss(event: RejectedEvent, *, by: User | None, as_of: datetime) -> RejectedEvent:
    """Say that an event in quarantine will not be taken. It stays to be read. Raises AlreadySettled."""
    held = _settle(event, State.DISMISSED, by=by, as_of=as_of)
    audit.record("rejected_event.dismissed", target=held, by=by, at=as_of, after={"code": held.code})
    return held


@transaction.atomic
def retry_batch(batch: RawBatch, *, by: User | None, as_of: datetime) -> RawBatch:
    """Have a request that got stuck worked off again. Raises AlreadySettled when it is not stuck."""
    if not RawBatch.objects.filter(pk=batch.pk, state=RawBatch.State.FAILED).update(state=RawBatch.State.WAITING):
        raise AlreadySettled(_("This request is not stuck any more."))
    _wake(as_of)
    audit.record("raw_batch.retried", target=batch, by=by, at=as_of)
    return batch


def _settle(event: RejectedEvent, state: str, *, by: User | None, as_of: datetime) -> RejectedEvent:
    held = RejectedEvent.objects.select_for_update().get(pk=event.pk)
    if held.state != State.WAITING:
        raise AlreadySettled(
            _("This event is no longer in quarantine: %(state)s.") % {"state": held.get_state_display()}
        )
    held.state, held.settled_at, held.settled_by = state, as_of, by
    held.save(update_fields=["state", "settled_at", "settled_by"])
    return held


def _wake(as_of: datetime) -> None:
    due.ring(DOORBELL, due_at=as_of)
    on_commit(wake.hint)
