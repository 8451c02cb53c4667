"""What goes wrong at simulated customers: in the months before a renewal some get into trouble, and it weighs on how they do.

Trouble comes first and knows nothing of the renewal's outcome. It lowers the mood, bit by bit; from the mood follow what customers use, say and ask for,
and at the renewal their odds. So it can be seen coming, for some: others in trouble renew all the same, and some leave without any.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cshub.demo.world import Customer

SHARE = 0.3  # of the terms of typical accounts
BY_STRENGTH = 0.5  # how much more often weak accounts get into it
EARLIEST, LATEST = 240, 40  # days before the renewal on which it begins
BUILDS_UP = 84  # days until it weighs all it will
CALMS_DOWN = 60  # days after a renewal that was made, until it is over
QUIET = 0.4  # the share that says nothing, and neither calls nor answers
TAKES_CHAMPION = 0.6  # the share that begins with a champion or sponsor who leaves, where one is known


@dataclass(frozen=True)
class Trouble:
    """It holds in [begins_on, ends_on)."""

    begins_on: date
    ends_on: date
    is_quiet: bool
    takes_champion: bool

    def weighs(self, day: date) -> float:
        """0 to 1: how much of it is felt on a day."""
        if not self.begins_on <= day < self.ends_on:
            return 0.0
        return min(1.0, (day - self.begins_on).days / BUILDS_UP)


def foresee(rows: Sequence[Customer], rng: np.random.Generator, *, day: date) -> None:
    """Draw what will go wrong in the terms that began since the last time."""
    begun = [row for row in rows if row.term_ends_on <= day]
    luck, kind = rng.random((len(begun), 2)), rng.random((len(begun), 2))
    begins = rng.integers(LATEST, EARLIEST, size=len(begun))
    for place, row in enumerate(begun):
        row.term_ends_on = renewal_after(row.simulated.joins_on, day)
        is_calm = luck[place, 0] >= min(0.9, SHARE * float(np.exp(-BY_STRENGTH * row.simulated.strength)))
        if not is_calm:
            trouble = Trouble(
                begins_on=row.term_ends_on - timedelta(days=int(begins[place])),
                ends_on=row.term_ends_on + timedelta(days=CALMS_DOWN),
                is_quiet=bool(kind[place, 0] < QUIET),
                takes_champion=bool(kind[place, 1] < TAKES_CHAMPION),
            )
            row.troubles.append(trouble)


def renewal_after(joined: date, day: date) -> date:
    """The first anniversary after a day."""
    year = max(day.year, joined.year + 1)
    found = _anniversary(joined, year)
    return found if found > day else _anniversary(joined, year + 1)


def _anniversary(joined: date, year: int) -> date:
    return joined.replace(year=year) if (joined.month, joined.day) != (2, 29) else date(year, 2, 28)
