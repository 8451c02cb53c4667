"""Puts things into the outbox and sends them once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from cshub.work.mail import MAILS, DefinitelyNotSent, NobodyToSendTo, compose, hand_over
from cshub.work.models import OutboxEntry, OutboxState
from cshub.work.wake import wake_outbox

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=4)


@dataclass
class Delivered:
    """How the entries of one turn ended."""

    sent: int = 0
    queued: int = 0
    failed: int = 0
    unknown: int = 0


@transaction.atomic
def put(
    kind: str, *, key: str, payload: dict[str, Any], due_at: datetime, as_of: datetime | None = None
) -> OutboxEntry:
    """Have something sent once, at `due_at` or soon after, if the caller's transaction commits.

    `kind` is one of cshub.work.mail.MAILS; kind "mail" takes {"to": [...], "subject", "text", "html"?, "headers"?}. `key` says what
    this is about: a second put with the same key changes nothing and returns the first entry. Raises KeyError for an unknown kind.
    """
    MAILS[kind]
    entry = OutboxEntry(kind=kind, key=key, payload=payload, due_at=due_at, created_at=as_of or due_at)
    OutboxEntry.objects.bulk_create([entry], ignore_conflicts=True)
    kept = OutboxEntry.objects.get(key=key)
    if kept.pk == entry.pk:
        wake_outbox(due_at=due_at)
    return kept


@transaction.atomic
def put_all(kind: str, payloads: Mapping[str, dict[str, Any]], *, due_at: datetime) -> None:
    """The same for many, by their keys, in one statement. Raises KeyError for an unknown kind."""
    MAILS[kind]
    entries = [
        OutboxEntry(kind=kind, key=key, payload=payload, due_at=due_at, created_at=due_at)
        for key, payload in payloads.items()
    ]
    if entries:
        OutboxEntry.objects.bulk_create(entries, ignore_conflicts=True)
        wake_outbox(due_at=due_at)


def deliver_due(*, as_of: datetime, limit: int = 500) -> Delivered:
    """Send what is due now, at most `limit` entries; any number of workers may do so at once.

    Each entry is claimed in a transaction of its own before anything leaves, so it must not run inside another transaction. An entry
    whose fate nobody knows (the worker died, the line broke) becomes `unknown` and is never sent again by machine.
    """
    outcome = Delivered(unknown=give_up_on_abandoned(as_of=as_of))
    for _turn in range(limit):
        entry = _claim(as_of)
        if entry is None:
            break
        state = _deliver(entry, as_of)
        setattr(outcome, state, getattr(outcome, state) + 1)
    return outcome


def give_up_on_abandoned(*, as_of: datetime) -> int:
    """Entries whose sender never came back become `unknown`; how many."""
    reason = "The worker that was sending this stopped. It may have left."
    return OutboxEntry.objects.abandoned(as_of).update(state=OutboxState.UNKNOWN, last_error=reason)


def _claim(as_of: datetime) -> OutboxEntry | None:
    with transaction.atomic(durable=True):
        entry = OutboxEntry.objects.due(as_of).filter(kind__in=MAILS).select_for_update(skip_locked=True).first()
        if entry is None:
            return None
        entry.state = OutboxState.SENDING
        entry.token = uuid.uuid4()
        entry.lease_until = as_of + LEASE
        entry.attempts += 1
        entry.save(update_fields=["state", "token", "lease_until", "attempts"])
    return entry


def _deliver(entry: OutboxEntry, as_of: datetime) -> str:
    try:
        message = compose(entry)
    except (NobodyToSendTo, ValueError) as error:
        return _end(entry, OutboxState.FAILED, error=str(error))
    except Exception as error:  # nothing has left: whatever went wrong, trying again is safe
        return _try_again(entry, DefinitelyNotSent(f"{type(error).__name__}: {error}"), as_of)
    try:
        hand_over(message)
    except DefinitelyNotSent as refusal:
        return _try_again(entry, refusal, as_of)
    except Exception as error:  # it may have left: nothing that happens here may send it twice
        return _end(entry, OutboxState.UNKNOWN, error=f"{type(error).__name__}: {error}")
    return _end(entry, OutboxState.SENT, sent_at=as_of)


def _try_again(entry: OutboxEntry, refusal: DefinitelyNotSent, as_of: datetime) -> str:
    if refusal.for_good or entry.attempts >= MOST_ATTEMPTS:
        return _end(entry, OutboxState.FAILED, error=str(refusal))
    due_at = as_of + min(FIRST_PAUSE * 2 ** (entry.attempts - 1), LONGEST_PAUSE)
    with transaction.atomic():
        state = _end(entry, OutboxState.QUEUED, error=str(refusal), due_at=due_at)
        wake_outbox(due_at=due_at)
    return state


def _end(entry: OutboxEntry, state: OutboxState, *, error: str = "", **fields: Any) -> str:
    mine = OutboxEntry.objects.filter(
        pk=entry.pk, token=entry.token, state__in=(OutboxState.SENDING, OutboxState.UNKNOWN)
    )
    mine.update(state=state, last_error=error[:2000], **fields)
    return state.value
