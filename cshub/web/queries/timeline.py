"""What happened at one account, and how much of it we started ourselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from cshub.db import sql
from cshub.web.sql import timeline as statements

SHOWN = 20
WEEKS = 52

Mode = Literal["", "proactive", "reactive"]
KINDS = tuple(statements.KINDS)


@dataclass(frozen=True)
class Event:
    """One thing that happened. `kind`: interaction, survey, renewal, movement, health, sentiment, stage, role, consent, merge, file, ticket or order; what the other fields hold depends on it."""

    kind: str
    id: UUID
    at: datetime
    mode: str
    detail: str
    title: str
    text: str
    person: str | None
    amount: Decimal | None
    currency: str
    number: Decimal | None


@dataclass(frozen=True)
class Timeline:
    """Events, newest first. `older`: where the next page begins, None at the end."""

    events: tuple[Event, ...]
    older: str | None


@dataclass(frozen=True)
class Week:
    """What was done in one of the past 52 weeks (the last is 52) in one mode."""

    number: int
    mode: str
    touch_count: int
    minutes: int


def timeline(accounts: Sequence[UUID], *, mode: Mode, older: str, as_of: datetime, kind: str = "") -> Timeline:
    """A page of what happened at these accounts; with a mode only interactions of it, else of one of KINDS. Raises ValueError for a damaged `older`. One query."""
    at, pk = _place(older) if older else (None, None)
    values = {"accounts": list(accounts), "as_of": as_of, "mode": mode, "at": at, "id": pk, "most": SHOWN + 1}
    rows = [Event(*row) for row in sql.rows(statements.TOUCHES if mode else statements.KINDS[kind], values, often=True)]
    events = tuple(rows[:SHOWN])
    return Timeline(events, f"{events[-1].at.isoformat()}~{events[-1].id}" if len(rows) > SHOWN else None)


def weeks(accounts: Sequence[UUID], *, as_of: datetime) -> tuple[Week, ...]:
    """What was done in the past 52 weeks, by week and mode. One query."""
    values = {"accounts": list(accounts), "as_of": as_of, "since": as_of - timedelta(weeks=WEEKS), "weeks": WEEKS}
    return tuple(Week(*row) for row in sql.rows(statements.WEEKS, values, often=True))


def _place(text: str) -> tuple[datetime, UUID]:
    at, _tilde, pk = text.partition("~")
    when = datetime.fromisoformat(at)
    if when.tzinfo is None:
        raise ValueError(text)
    return when, UUID(pk)
