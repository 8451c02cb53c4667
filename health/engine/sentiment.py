"""How a person's word about an account fades: it counts in full on its day, less each day, and not at all from the day it fades on."""

from datetime import date
from typing import Final

VALUES: Final = {"good": 100, "fair": 50, "poor": 0}  # what a word is worth as a raw value
MIDDLE: Final = 50  # what a word fades to, before it is unknown
LONGEST_DAYS: Final = 366


def share(said_on: date, fades_on: date, *, today: date) -> float:
    """How much a word still counts, 1 on its day to 0 from `fades_on` on, falling by the same each day."""
    left, whole = (fades_on - today).days, (fades_on - said_on).days
    return max(0.0, min(1.0, left / whole)) if whole > 0 else 0.0


def faded(level: str, counts: float) -> float | None:
    """The word as a raw value, 0 to 100, nearer to the middle the less it counts; None where it counts no more."""
    return MIDDLE + (VALUES[level] - MIDDLE) * counts if counts > 0 else None
