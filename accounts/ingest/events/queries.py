"""What the pages of events show, in a fixed number of queries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.events.models import EventName, HeldEvent, RawBatch, RejectedEvent, Source
from accounts.ingest.events.policy import policy
from accounts.ingest.events.reading.body import Unacceptable, events_of, read_json
from accounts.ingest.events.reading.reasons import sentence
from accounts.ingest.events.sql import debugging
from accounts.ingest.events.sql.names import OTHER

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

SHOWN = 50
LONGEST = 300  # characters of a reason's value in a list

FATES = {
    "waiting": _("Waiting"),
    "stored": _("Stored"),
    "applied": _("Applied"),
    "held": _("Waiting for its account"),
    "rejected": _("In quarantine"),
    "duplicate": _("Seen before"),
    "failed": _("Stuck"),
}


@dataclass(frozen=True)
class Arrival:
    """One event as it came in, and what became of it."""

    batch_id: int
    position: int
    received_at: datetime
    source: str
    kind: str
    name: str
    user: str
    fate: str

    @property
    def fate_word(self) -> Any:
        return FATES[self.fate]


@dataclass(frozen=True)
class Detail:
    """One event whole."""

    arrival: Arrival
    payload: str
    reason: str


@dataclass(frozen=True)
class Quarantined:
    """One event in quarantine with its reason in the reader's language."""

    event: RejectedEvent
    reason: str
    payload: str


@dataclass(frozen=True)
class Numbers:
    """How much waits, is held, is in quarantine, is stuck; and whether names are counted together."""

    waiting: int
    held: int
    quarantined: int
    stuck: int
    is_over_cap: bool
    most_names: int


def arrivals(*, source: UUID | None, account: UUID | None = None) -> list[Arrival]:
    """The latest events, the newest first; of an account those that were stored for it."""
    return [_arrival(row) for row in debugging.latest(source=source, account=account, limit=SHOWN)]


def arrival(batch_id: int, position: int) -> Detail | None:
    """One event whole; None when its request is not kept any more."""
    batch = RawBatch.objects.filter(pk=batch_id).first()
    row = debugging.one(batch_id, position)
    if batch is None or row is None:
        return None
    try:
        document, _is_odd = read_json(batch.body)
        payload = pretty(events_of(batch.kind, document)[position])
    except (Unacceptable, IndexError):
        payload = batch.body
    held = RejectedEvent.objects.filter(batch_id=batch_id, position=position).first()
    reason = sentence(held.code, held.value[:LONGEST]) if held else batch.error
    return Detail(_arrival(row), payload, reason)


def quarantine(*, source: UUID | None, state: str) -> list[Quarantined]:
    """Events in quarantine, the latest first."""
    rows = RejectedEvent.objects.select_related("source", "settled_by").order_by("-received_at", "-id")
    rows = rows.filter(source=source) if source else rows
    rows = rows.filter(state=state) if state else rows
    return [
        Quarantined(row, sentence(row.code, row.value[:LONGEST]), _pretty_text(row.payload)) for row in rows[:SHOWN]
    ]


def numbers() -> Numbers:
    """The figures above the lists; each stops counting at a thousand."""
    chosen = policy()
    return Numbers(
        waiting=RawBatch.objects.filter(state="waiting").count(),
        held=HeldEvent.objects.all()[:1_000].count(),
        quarantined=RejectedEvent.objects.filter(state="waiting")[:1_000].count(),
        stuck=RawBatch.objects.filter(state="failed").count(),
        is_over_cap=EventName.objects.exclude(name=OTHER).count() >= chosen.most_names,
        most_names=chosen.most_names,
    )


def stuck() -> list[RawBatch]:
    """Requests that could not be worked off."""
    return list(RawBatch.objects.filter(state="failed").select_related("source").order_by("-id")[:SHOWN])


def sources() -> list[Source]:
    return list(Source.objects.order_by("-is_active", "name"))


def pretty(value: Any) -> str:
    """JSON to be read; what cannot be shown becomes a question mark."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=lambda _odd: None)
    return text.encode("utf-8", "replace").decode()


def _pretty_text(text: str) -> str:
    try:
        return pretty(json.loads(text))
    except ValueError:
        return text


def _arrival(row: tuple[Any, ...]) -> Arrival:
    return Arrival(*row)
