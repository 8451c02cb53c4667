"""When the inbox that is empty now gets its next item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cshub.db import sql
from cshub.users.models import User
from cshub.web.sql.inbox import NEXT, SNOOZED_COUNT


@dataclass(frozen=True)
class Quiet:
    """What comes next: `at` is when something snoozed returns or a playbook hands out its next step; None when nothing is planned."""

    at: datetime | None


def next_item(user: User, *, as_of: datetime) -> Quiet:
    """The next thing that will land in this person's inbox. One query."""
    return Quiet(sql.rows(NEXT, {"user": user.pk, "as_of": as_of}, often=True)[0][0])


def snoozed_count(user: User, *, as_of: datetime) -> int:
    """How many of one's tasks sleep. One query."""
    count: int = sql.rows(SNOOZED_COUNT, {"user": user.pk, "as_of": as_of}, often=True)[0][0]
    return count
