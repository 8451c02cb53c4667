"""Takes a request in: kept durably before it is answered, worked off afterwards."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

from accounts.ingest.events.services.sources import digest
from accounts.ingest.events.sql import receiving
from cshub.db.active import active_schema
from cshub.tenancy import due
from cshub.work import wake

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.ingest.events.reading.body import Content

DOORBELL = "events"
WINDOW = 5  # seconds in which a source may send its share of a minute: who has to wait, waits for seconds
PORTIONS = 20  # of that share: a process takes one at a time from the common count
QUIET = (
    0.2  # seconds in which a process rings once; a worker looks again for longer than that, see folding.look_again_at
)
MOST_REMEMBERED = 10_000
Key = TypeVar("Key")
Value = TypeVar("Value")
logger = logging.getLogger(__name__)


class Refusal(Exception):
    """A request that is not taken: a status, a code for machines, a sentence, and after how many seconds to try again (0: never)."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after


@dataclass(slots=True)
class Share:
    """Events of one window that a process may let in without asking again."""

    window: int
    used: int
    left: int
    portion: int


@dataclass(slots=True)
class Memory:
    """What a process remembers from request to request, by schema; forgetting it costs a statement, never an event."""

    rung: dict[str, float] = field(default_factory=dict)
    shares: dict[tuple[str, str], Share] = field(default_factory=dict)


def receive(content: Content, *, kind: str, key: str, as_of: datetime, memory: Memory | None = None) -> int | None:
    """Keep a request and ring for a worker; its number, None when it holds no event. What this returned for is never lost. Raises Refusal.

    Must run outside of any transaction: the request is committed when it returns, and the bell is rung after that, so that whoever
    answers it sees the request. Killed in between, the sender has no answer and sends again.
    """
    memory = Memory() if memory is None else memory
    began, opened, schema = monotonic(), digest(key), str(active_schema())
    share = _share(memory, schema, opened, content.event_count, as_of)
    values = {
        "kind": kind,
        "as_of": as_of,
        "sent_at": content.sent_at,
        "body": content.text,
        "event_count": content.event_count,
        "digest": opened,
        "used_a_minute": share.used * (60 // WINDOW),
    }
    found = receiving.keep(values)
    if found is None:
        raise _wrong_key()
    kept, events_a_minute = found
    if kept is None:
        if content.event_count:
            raise _too_many(events_a_minute, as_of)
        return None
    share.portion = events_a_minute * WINDOW // 60 // PORTIONS
    _remember(memory.shares, (schema, opened), share)
    _ring(memory, schema, began, as_of)
    return kept


def _ring(memory: Memory, schema: str, began: float, as_of: datetime) -> None:
    """Ring, unless this process rang a moment ago for a request that came in a moment ago: then a worker is going to look once more."""
    if monotonic() - memory.rung.get(schema, -QUIET) < QUIET:
        return
    if due.ring_unless_rung(DOORBELL, due_at=as_of):
        wake.hint()
    _remember(memory.rung, schema, began)


def _share(memory: Memory, schema: str, opened: str, events: int, as_of: datetime) -> Share:
    """The share these events are taken from; `used` is what was sent before it within the window of the clock.

    One request, or one portion in each process, may reach beyond the limit. Without a cache nothing is counted: better too many
    events than none.
    """
    window = int(as_of.timestamp()) // WINDOW
    known = memory.shares.get((schema, opened))
    if known is not None and known.window == window and known.left >= events:
        known.left -= events
        return known
    portion = known.portion if known is not None else 0
    taken = max(events, portion)
    return Share(window, _sent_before(f"events:{opened[:32]}:{window}", taken), taken - events, portion)


def _sent_before(name: str, events: int) -> int:
    try:
        try:
            return int(cache.incr(name, events)) - events
        except ValueError:  # the first of this window
            return 0 if cache.add(name, events, timeout=WINDOW + 1) else int(cache.incr(name, events)) - events
    except (RedisError, OSError, ValueError) as error:
        logger.warning("The cache counts no events (%s); limits of sources do not hold meanwhile.", error)
        return 0


def _remember(place: dict[Key, Value], key: Key, value: Value) -> None:
    if len(place) >= MOST_REMEMBERED:
        place.clear()
    place[key] = value


def _too_many(events_a_minute: int, as_of: datetime) -> Refusal:
    return Refusal(
        429,
        "too_many_events",
        f"The source may send {events_a_minute} events a minute. Wait, and send the rest.",
        retry_after=WINDOW - int(as_of.timestamp()) % WINDOW,
    )


def _wrong_key() -> Refusal:
    return Refusal(401, "wrong_key", "This write key opens no source here. Check the key and the host.")
