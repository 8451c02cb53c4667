"""Writes deeds into the audit trail and shows that none was taken out or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.forms.models import model_to_dict

from cshub.audit.canonical import GENESIS, clean_text, digest, plain
from cshub.audit.models import HEAD_ID, AuditEvent, AuditHead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.db.models import Model

    from cshub.users.models import User

CHUNK = 2_000
DEED = ("seq", "at", "actor_id", "actor_label", "verb", "object_type", "object_id", "object_label", "before", "after")


@transaction.atomic
def record(
    verb: str,
    *,
    target: Model | None,
    by: User | None,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one deed as the next link of the chain, in the caller's transaction.

    `verb` is `object.past_tense` (`playbook.approved`); `by=None` means the product itself did it. `before` and `after` hold what
    changed; decimals, dates and ids are kept as text. The head row stays locked until the caller's transaction ends, so numbers have no
    gaps and a deed that is rolled back leaves no trace: call it last in long transactions.
    """
    head = _locked_head()
    deed = {
        "seq": head.seq + 1,
        "at": at,
        "actor_id": by.pk if by else None,
        "actor_label": clean_text(str(by.email))[:254] if by else "",
        "verb": verb,
        **_describe(target),
        "before": plain(before),
        "after": plain(after),
    }
    event = AuditEvent(**deed, previous_hash=head.hash, hash=digest(head.hash, deed))
    event.save(force_insert=True)
    AuditHead.objects.filter(pk=HEAD_ID).update(seq=event.seq, hash=event.hash)
    return event


def snapshot(row: Model, fields: Iterable[str]) -> dict[str, Any]:
    """Those fields of a row in the form `before` and `after` keep them."""
    kept: dict[str, Any] = plain(model_to_dict(row, fields=list(fields)))
    return kept


def verify_chain() -> list[str]:
    """What is wrong with the trail of this tenant, a sentence each; empty when every link holds.

    Reads the trail once, in chunks, and stops at the first broken link: everything after it hangs on it. Safe while others write.
    """
    newest = AuditEvent.objects.aggregate(newest=Max("seq"))["newest"] or 0
    head = AuditHead.objects.filter(pk=HEAD_ID).first() or AuditHead(pk=HEAD_ID, seq=0, hash=GENESIS)
    if newest > head.seq:
        return [f"Event {newest} was added behind the head of the trail, which stands at {head.seq}."]
    previous = GENESIS
    expected = 1
    for event in _in_order(until=head.seq):
        if problem := _broken(event, expected=expected, previous=previous):
            return [problem]
        previous, expected = event.hash, expected + 1
    if expected != head.seq + 1:
        return [f"Event {expected} is missing: the head of the trail stands at {head.seq}."]
    if previous != head.hash:
        return [f"The head of the trail does not match event {head.seq}."]
    return []


def _locked_head() -> AuditHead:
    head = AuditHead.objects.select_for_update().filter(pk=HEAD_ID).first()
    if head is None:
        AuditHead.objects.bulk_create([AuditHead(pk=HEAD_ID, seq=0, hash=GENESIS)], ignore_conflicts=True)
        head = AuditHead.objects.select_for_update().get(pk=HEAD_ID)
    return head


def _describe(target: Model | None) -> dict[str, str]:
    if target is None:
        return {"object_type": "", "object_id": "", "object_label": ""}
    return {
        "object_type": target._meta.label_lower,
        "object_id": str(target.pk)[:64],
        "object_label": clean_text(str(target))[:200],
    }


def _in_order(*, until: int) -> Iterator[AuditEvent]:
    last = 0
    while chunk := list(AuditEvent.objects.filter(seq__gt=last, seq__lte=until).order_by("seq")[:CHUNK]):
        yield from chunk
        last = chunk[-1].seq


def _broken(event: AuditEvent, *, expected: int, previous: str) -> str:
    if event.seq != expected:
        return f"Event {expected} is missing: the next one kept is {event.seq}."
    if event.previous_hash != previous:
        return f"Event {event.seq} does not follow from event {event.seq - 1}."
    if event.hash != digest(previous, {name: getattr(event, name) for name in DEED}):
        return f"Event {event.seq} was changed after it was written."
    return ""
