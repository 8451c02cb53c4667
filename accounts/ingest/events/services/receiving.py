"""Takes a request in: kept durably before it is answered, worked off afterwards."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.core.cache import cache
from redis.exceptions import RedisError

from accounts.ingest.events.models import Source
from accounts.ingest.events.services.sources import digest
from accounts.ingest.events.sql import receiving
from cshub.tenancy import due
from cshub.work import wake

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.ingest.events.reading.body import Content

DOORBELL = "events"
WINDOW = 5  # seconds in which a source may send its share of a minute: who has to wait, waits for seconds
logger = logging.getLogger(__name__)


class Refusal(Exception):
    """A request that is not taken: a status, a code for machines, a sentence, and after how many seconds to try again (0: never)."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after


def receive(content: Content, *, kind: str, key: str, as_of: datetime) -> int | None:
    """Keep a request and ring for a worker; its number, None when it holds no event. What this returned for is never lost. Raises Refusal.

    Must run outside of any transaction: the request is committed when it returns, and the bell is rung after that, so that whoever
    answers it sees the request. Killed in between, the sender has no answer and sends again.
    """
    opened = digest(key)
    if not content.event_count:
        if Source.objects.opened_by(opened, as_of=as_of).exists():
            return None
        raise _wrong_key()
    values = {
        "kind": kind,
        "as_of": as_of,
        "sent_at": content.sent_at,
        "body": content.text,
        "event_count": content.event_count,
        "digest": opened,
        "used": _sent_before(opened, content.event_count, as_of),
        "windows": 60 // WINDOW,
    }
    kept = receiving.keep(values)
    if kept is None:
        raise _why_not(opened, as_of)
    if due.ring_unless_rung(DOORBELL, due_at=as_of):
        wake.hint()
    return kept


def _sent_before(opened: str, events: int, as_of: datetime) -> int:
    """Events this key has sent before these within the window of the clock: one request may reach beyond the limit, however large it is.

    Without a cache nothing is counted: better too many events than none.
    """
    name = f"events:{opened[:32]}:{int(as_of.timestamp()) // WINDOW}"
    try:
        cache.add(name, 0, timeout=WINDOW + 1)
        return int(cache.incr(name, events)) - events
    except ValueError:  # the entry fell out between the two calls
        return 0
    except (RedisError, OSError) as error:
        logger.warning("The cache counts no events (%s); limits of sources do not hold meanwhile.", error)
        return 0


def _why_not(opened: str, as_of: datetime) -> Refusal:
    source = Source.objects.opened_by(opened, as_of=as_of).first()
    if source is None:
        return _wrong_key()
    return Refusal(
        429,
        "too_many_events",
        f"The source may send {source.events_a_minute} events a minute. Wait, and send the rest.",
        retry_after=WINDOW - int(as_of.timestamp()) % WINDOW,
    )


def _wrong_key() -> Refusal:
    return Refusal(401, "wrong_key", "This write key opens no source here. Check the key and the host.")
