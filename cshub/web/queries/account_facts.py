"""What one account used of the product, and what it asked of the help desk: facts for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from cshub.db import sql
from cshub.web.sql import account_facts as statements

YEAR = timedelta(days=365)
WEEK = 7


@dataclass(frozen=True)
class Metric:
    """One thing that was counted over the past 28 days. `days` hold its value by day, oldest first, None where nothing came.

    `week` and `week_before` sum a metric that adds up by day; of others they are its highest or latest value.
    """

    key: str
    name: str
    unit: str
    last_on: date
    days: tuple[Decimal | None, ...]
    week: Decimal
    week_before: Decimal
    users: int | None
    users_before: int | None

    @property
    def heights(self) -> list[float | None]:
        """The days as shares of the highest in per cent, for drawing."""
        most = max((abs(value) for value in self.days if value is not None), default=Decimal(0)) or Decimal(1)
        return [None if value is None else float(value / most * 100) for value in self.days]

    @property
    def change(self) -> Decimal | None:
        """By which share the past week differs from the one before; None where that had nothing."""
        return (self.week - self.week_before) / self.week_before if self.week_before else None


@dataclass(frozen=True)
class Usage:
    """At most six metrics; `last_on`: when the product was last used, however long ago; None: never."""

    metrics: tuple[Metric, ...]
    last_on: date | None


@dataclass(frozen=True)
class TicketRow:
    """A ticket as the help desk tells it."""

    id: UUID
    subject: str
    external_id: str
    status: str
    priority: str
    channel: str
    opened_at: datetime
    first_replied_at: datetime | None
    resolved_at: datetime | None
    reopened_count: int
    minutes: int | None
    satisfaction: int | None
    contact: str | None

    @property
    def waited_minutes(self) -> int | None:
        """Minutes until the first reply; None while nobody has replied."""
        return int((self.first_replied_at - self.opened_at).total_seconds() // 60) if self.first_replied_at else None


@dataclass(frozen=True)
class Tickets:
    """The open tickets, the oldest first, then the latest resolved ones, eight in all; the figures are of the past year.

    `satisfaction` is the mean of 1 to 5, `wait` the median of minutes until a first reply; None where nothing is known.
    """

    rows: tuple[TicketRow, ...]
    count: int
    open_count: int
    reopened_count: int
    minutes: int
    satisfaction: Decimal | None
    wait: float | None


def usage_of(account_id: UUID, *, as_of: datetime) -> Usage:
    """What the account used. Two queries."""
    values = {"account": account_id, "today": as_of.date()}
    metrics = tuple(_metric(row) for row in sql.named(statements.USAGE, values, often=True))
    return Usage(metrics, sql.rows(statements.LAST_USED, values, often=True)[0][0])


def tickets_of(account_id: UUID, *, as_of: datetime) -> Tickets:
    """What the account asked of the help desk. Two queries."""
    values = {"account": account_id, "as_of": as_of, "since": as_of - YEAR}
    rows = tuple(TicketRow(*row) for row in sql.rows(statements.TICKET_ROWS, values, often=True))
    return Tickets(rows, *sql.rows(statements.TICKET_FIGURES, values, often=True)[0])


def _metric(row: Any) -> Metric:
    days: list[Decimal | None] = [None] * statements.DAYS
    for place, value in zip(row.places, row.amounts, strict=True):
        days[place] = value
    return Metric(
        key=row.key,
        name=row.name,
        unit=row.unit,
        last_on=row.last_on,
        days=tuple(days),
        week=_worth(days[-WEEK:], row.aggregation),
        week_before=_worth(days[-2 * WEEK : -WEEK], row.aggregation),
        users=row.users,
        users_before=row.users_before,
    )


def _worth(days: list[Decimal | None], aggregation: str) -> Decimal:
    known = [value for value in days if value is not None]
    if aggregation == "sum" or not known:
        return sum(known, Decimal(0))
    return max(known) if aggregation == "max" else known[-1]
