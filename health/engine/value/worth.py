"""What a customer is worth, with its interval, and the refusal to value what cannot be valued. Without numpy, so that every process may read it."""

from __future__ import annotations

from dataclasses import dataclass


class CannotValue(ValueError):
    """A value cannot be given; the message names the field, the value and the remedy."""


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """Money in cents with its 95 % interval, and what has to stand beside it: `method`, `horizon` in words and what the interval covers.

    `lo_cents` is rounded down, `hi_cents` up; both are None where the data allows no interval.
    """

    est_cents: int
    lo_cents: int | None
    hi_cents: int | None
    method: str
    horizon: str
    covers: str
