"""What customers ask for when something is wrong: tickets at the help desk, and calls and mails to those who look after them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from accounts.models import Interaction, Ticket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cshub.demo.world import Customer, World

HELP_A_STEP = 0.30  # calls for help of a typical account in two weeks
HELP_BY_MOOD = 0.75  # how much more often the unhappy call
MOST_A_STEP = 3.0
OF_THE_QUIET = 0.2  # of the calls of others in the same mood
AT_THE_DESK = 0.6  # the share that the help desk answers
SUBJECTS = (
    "Export fails",
    "Cannot sign in",
    "Wrong figures in a report",
    "Question about an invoice",
    "Integration stopped",
)
CHANNELS = ("email", "chat", "phone")
PRIORITIES = tuple(Ticket.Priority(each) for each in ("low", "normal", "normal", "normal", "high", "urgent"))
SATISFIED, SATISFIED_BY_MOOD = 3.6, 0.5  # what a typical account says of an answer, of 5


def ask_for_help(world: World, *, as_of: datetime, desk_until: datetime) -> None:
    """The worse customers are doing, the more often they call. Answering is reactive work. From `desk_until` on the help desk sends nothing."""
    rows = world.here()
    day = as_of.date()
    quiet = [OF_THE_QUIET if (found := row.trouble_on(day)) and found.is_quiet else 1.0 for row in rows]
    rates = HELP_A_STEP * np.exp([-HELP_BY_MOOD * row.mood for row in rows])
    counts = world.rng.poisson(np.minimum(rates, MOST_A_STEP) * quiet)
    calls = [row for row, count in zip(rows, counts, strict=True) for _ in range(int(count))]
    luck = world.rng.integers(0, 10_000, size=(len(calls), 4))
    asked_at = [as_of - timedelta(hours=1 + int(each) % 300) for each in luck[:, 0]]
    to_desk = (world.rng.random(len(calls)) < AT_THE_DESK) & np.array([at < desk_until for at in asked_at], dtype=bool)
    told = list(zip(calls, asked_at, luck.tolist(), to_desk, strict=True))
    Interaction.objects.bulk_create(_call(row, at, draws, as_of) for row, at, draws, is_ticket in told if not is_ticket)
    tickets = [(row, at, draws) for row, at, draws, is_ticket in told if is_ticket]
    Ticket.objects.bulk_create(
        _ticket(number, row, at, draws, as_of)
        for number, (row, at, draws) in enumerate(tickets, start=world.ticket_count + 1)
    )
    world.ticket_count += len(tickets)


def _call(row: Customer, at: datetime, luck: Sequence[int], as_of: datetime) -> Interaction:
    minutes = 15 + luck[1] % 60
    return Interaction(
        account=row.account,
        user_id=row.account.owner_id,
        channel=Interaction.Channel.CALL if minutes % 2 else Interaction.Channel.EMAIL,
        direction=Interaction.Direction.INBOUND,
        mode="reactive",
        minutes=minutes,
        subject=SUBJECTS[luck[2] % len(SUBJECTS)],
        occurred_at=at,
        recorded_at=as_of,
    )


def _ticket(number: int, row: Customer, at: datetime, luck: Sequence[int], as_of: datetime) -> Ticket:
    """Resolved by the end of the two weeks."""
    replied_at = min(as_of, at + timedelta(minutes=10 + luck[3] % 900))
    said = SATISFIED + SATISFIED_BY_MOOD * row.mood + luck[3] / 5_000 - 1
    return Ticket(
        account=row.account,
        contact=row.contact,
        external_id=f"T-{number:06d}",
        subject=SUBJECTS[luck[2] % len(SUBJECTS)],
        channel=CHANNELS[luck[2] // 7 % len(CHANNELS)],
        status=Ticket.Status.RESOLVED,
        priority=PRIORITIES[luck[3] // 11 % len(PRIORITIES)],
        opened_at=at,
        first_replied_at=replied_at,
        resolved_at=min(as_of, replied_at + timedelta(hours=20 + luck[1] % 200)),
        reopened_count=int(luck[2] // 23 % 6 == 0),
        minutes=10 + luck[1] % 90,
        satisfaction=round(min(5.0, max(1.0, said))) if luck[3] % 3 == 0 else None,
        recorded_at=at,
        updated_at=as_of,
    )
