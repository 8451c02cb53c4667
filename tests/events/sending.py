"""Events as programs send them, and a source that takes them; each function fills in what a test does not care about."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.db.models.functions import Coalesce

from accounts.ingest.events import services
from accounts.ingest.events.models import AppUser, DailyUser, Source, UsageEvent
from accounts.ingest.events.reading.body import read_content
from accounts.models import UsageDaily
from tests.database import AS_OF

BEFORE = AS_OF - timedelta(minutes=5)
_numbers = count(1)


def source(**fields: Any) -> tuple[Source, str]:
    """A source and its write key."""
    return services.create_source(**{"name": f"Source {next(_numbers)}", "by": None, "as_of": AS_OF, **fields})


def track(
    user: str | None = "u1", event: str = "Report opened", *, at: datetime | str = BEFORE, **fields: Any
) -> dict[str, Any]:
    """Something a user did five minutes ago."""
    told = at if isinstance(at, str) else at.isoformat()
    return {"type": "track", "event": event, "userId": user, "messageId": str(uuid4()), "timestamp": told, **fields}


def group(user: str, account: str = "acct-1", *, at: datetime = BEFORE, **traits: Any) -> dict[str, Any]:
    """The user belongs to this account, which has these traits."""
    told = {"type": "group", "userId": user, "groupId": account, "messageId": str(uuid4()), "timestamp": at.isoformat()}
    return {**told, "traits": traits}


def identify(user: str, *, at: datetime = BEFORE, **traits: Any) -> dict[str, Any]:
    """The user has these traits."""
    told = {"type": "identify", "userId": user, "messageId": str(uuid4()), "timestamp": at.isoformat()}
    return {**told, "traits": traits}


def alias(previous: str, user: str, *, at: datetime = BEFORE) -> dict[str, Any]:
    """The earlier ID belongs to the user."""
    told = {"type": "alias", "userId": user, "previousId": previous, "messageId": str(uuid4())}
    return {**told, "timestamp": at.isoformat()}


def batch(*events: Any, sent_at: datetime | str | None = AS_OF, **fields: Any) -> str:
    """A body of /v1/batch."""
    told = sent_at.isoformat() if isinstance(sent_at, datetime) else sent_at
    return json.dumps({"batch": list(events), "sentAt": told, **fields})


def send(key: str, *events: Any, as_of: datetime = AS_OF, **fields: Any) -> int | None:
    """Let a batch come in, as the endpoint does."""
    return receive(key, batch(*events, **fields), as_of=as_of)


def receive(key: str, body: str, *, as_of: datetime = AS_OF) -> int | None:
    return services.receive(read_content(body.encode(), "batch"), kind="batch", key=key, as_of=as_of)


def work_off(as_of: datetime = AS_OF) -> services.Turn:
    """Everything that waits, as a worker does."""
    return services.fold_waiting(clock=lambda: as_of)


def usage() -> dict[tuple[str, str, str], tuple[int, int | None]]:
    """Value and active users by account, metric and day."""
    rows = UsageDaily.objects.values_list("account__external_id", "metric_id", "day", "value", "active_users")
    return {(account, metric, str(day)): (int(value), users) for account, metric, day, value, users in rows}


def recounted() -> dict[tuple[str, str, str], tuple[int, int]]:
    """The same, counted again from the stored events and from who is who: by name, and over all names."""
    persons = dict(AppUser.objects.values_list("pk", Coalesce("same_as_id", "pk")))
    events: Counter[tuple[str, str, str]] = Counter()
    users: dict[tuple[str, str, str], set[int]] = {}
    rows = UsageEvent.objects.values_list("account__external_id", "name__metric_id", "occurred_at", "user_id")
    for account, metric, at, user in rows:
        for key in ((account, metric, str(at.date())), (account, "events", str(at.date()))):
            events[key] += 1
            users.setdefault(key, set()).update({persons[user]} if user else {})
    return {key: (number, len(users[key])) for key, number in events.items()}


def daily_users() -> int:
    return DailyUser.objects.count()
