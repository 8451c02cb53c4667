"""What the tenant's product would have sent in the last days: a source, some events, and one of each that has to wait."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from accounts.ingest.events import services
from accounts.ingest.events.models import Call, RawBatch
from accounts.models import Account

if TYPE_CHECKING:
    from datetime import datetime

ACCOUNTS, EVENTS = 3, 8
NAMES = ("Report opened", "Report shared", "Import finished")


def send_events(*, as_of: datetime) -> None:
    """Take in and work off a request of the web application. Nothing of the simulated past reads it: it is recorded after the last turn."""
    source, _key = services.create_source(name="Web application", by=None, as_of=as_of)
    names = Account.objects.customers().order_by("external_id").values_list("external_id", flat=True)[:ACCOUNTS]
    calls = [call for name in names for call in _said_at(name, as_of)]
    calls += [
        _call("track", "visitor-1", as_of, 90, event=NAMES[0]),  # nobody has said where this user belongs
        {
            **_call("track", f"{next(iter(names), 'nobody')}-ann", as_of, 80, event=NAMES[1]),
            "timestamp": "1970-01-01T00:00:00Z",
        },
        _call("track", "visitor-1", as_of, 70, event=""),
    ]
    body = json.dumps({"batch": calls, "sentAt": as_of.isoformat()})
    RawBatch.objects.create(
        source=source, kind=Call.BATCH, received_at=as_of, sent_at=as_of, body=body, event_count=len(calls)
    )
    services.fold_slice(as_of=as_of)


def _said_at(account: str, as_of: datetime) -> list[dict[str, Any]]:
    user = f"{account}-ann"
    group = {**_call("group", user, as_of, 5_000), "groupId": account}
    used = [
        _call(
            "track",
            user,
            as_of,
            60 * (number + 1),
            event=NAMES[number % len(NAMES)],
            properties={"seconds": 30 + number},
        )
        for number in range(EVENTS)
    ]
    return [group, *used]


def _call(kind: str, user: str, as_of: datetime, minutes: int, **fields: Any) -> dict[str, Any]:
    at = as_of - timedelta(minutes=minutes)
    told = {"type": kind, "userId": user, "timestamp": at.isoformat(), "messageId": f"demo-{kind}-{user}-{minutes}"}
    return {**told, **fields}
