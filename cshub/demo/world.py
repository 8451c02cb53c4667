"""The state of the simulation between two steps: who is a customer, how they are doing, and what fate their renewals have."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from uuid import UUID

import numpy as np

from accounts.models import Account, Contact
from cshub.demo import trouble
from cshub.demo.company import SimulatedAccount
from cshub.demo.trouble import Trouble
from cshub.demo.truth import Enrolled, Fate
from cshub.users.models import User

MOOD_MEMORY = 0.93
MOOD_NOISE = 0.3
CALM = 0.5  # the mood of a typical account without trouble
TROUBLE_WEIGHT = 2.2  # how far trouble lowers the mood


@dataclass
class Customer:
    """A simulated account that has joined: its row in the product, how it is doing just now, and what goes wrong there.

    `swing` is what the mood owes to nothing that lasts; `term_ends_on` the end of the last term of which trouble was drawn.
    """

    simulated: SimulatedAccount
    account: Account
    contact: Contact
    term_ends_on: date
    mood: float = 0.0
    swing: float = 0.0
    troubles: list[Trouble] = field(default_factory=list)
    left_on: date | None = None

    @property
    def is_here(self) -> bool:
        return self.left_on is None

    def trouble_on(self, day: date) -> Trouble | None:
        """What weighs on it that day."""
        return max(
            (each for each in self.troubles if each.weighs(day)), key=lambda each: each.weighs(day), default=None
        )


@dataclass(frozen=True)
class DecidedRenewal:
    """A renewal that has been decided, as the simulation knows it: its fate and its arm in each playbook (None: never met)."""

    renewal_id: UUID
    account_id: UUID
    due_on: date
    fate: Fate
    arr_cents: int
    runway: bool | None
    rescue: bool | None
    renewed: bool


@dataclass
class World:
    """Everything the simulation knows. `rng` is its only source of chance."""

    rng: np.random.Generator
    staff: list[User]
    manager: User
    finance: User
    waiting: list[SimulatedAccount]
    customers: dict[UUID, Customer] = field(default_factory=dict)
    decided: list[DecidedRenewal] = field(default_factory=list)
    ticket_count: int = 0

    def new_id(self) -> UUID:
        """An id that depends on the seed alone: lots are drawn over ids, and the same seed has to draw the same lots."""
        return UUID(bytes=self.rng.bytes(16), version=4)

    def here(self) -> list[Customer]:
        """Customers that have not left, in a fixed order."""
        return [row for row in self.customers.values() if row.is_here]

    def in_trouble(self, day: date) -> set[UUID]:
        """The accounts on which something weighs that day."""
        return {row.account.pk for row in self.here() if row.trouble_on(day)}

    def drift(self, *, until: date) -> None:
        """Let every mood wander (first-order autoregression) around the account's lasting strength, less what trouble weighs on the day."""
        rows = self.here()
        trouble.foresee(rows, self.rng, day=until)
        noise = self.rng.normal(size=len(rows)) * MOOD_NOISE
        for row, shock in zip(rows, noise, strict=True):
            row.swing = MOOD_MEMORY * row.swing + float(shock)
            weighing = row.trouble_on(until)
            row.mood = row.simulated.strength + CALM + row.swing
            row.mood -= TROUBLE_WEIGHT * weighing.weighs(until) if weighing else 0.0

    def enrolled(self, playbook: str, *, since: date, until: date) -> list[Enrolled]:
        """The renewals of [since, until) that met a playbook (`runway` or `rescue`)."""
        rows = [row for row in self.decided if since <= row.due_on < until and getattr(row, playbook) is not None]
        other = {"runway": "rescue", "rescue": "runway"}[playbook]
        return [
            Enrolled(row.fate, row.arr_cents, bool(getattr(row, playbook)), bool(getattr(row, other))) for row in rows
        ]


def midnight(day: date) -> datetime:
    """The first moment of a day, in UTC."""
    return datetime.combine(day, time.min, UTC)
