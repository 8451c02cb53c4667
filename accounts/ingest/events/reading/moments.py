"""Reads the times of events, and corrects them by the sender's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

AHEAD = timedelta(days=1)  # a clock may be wrong; what lies further ahead is no fact
MILLISECONDS = 100_000_000_000  # numbers above are milliseconds since 1970, below seconds


class BadMoment(ValueError):
    """A text that is no time."""


class TooOld(ValueError):
    """A time before the months that are kept."""


class InFuture(ValueError):
    """A time that has not come."""


def moment(value: Any) -> datetime | None:
    """A time as the protocol writes it (ISO 8601; UTC where no zone is named), or seconds or milliseconds since 1970. None for none."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if abs(value) > MILLISECONDS else value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadMoment(str(value)) from error
    raise BadMoment(str(value))


def occurred_at(
    told: datetime | None, *, sent_at: datetime | None, received_at: datetime, earliest: datetime
) -> datetime:
    """When an event happened by our clock: as far before its arrival as it was told before it was sent.

    An event without a time happened when it arrived; what lies up to a day ahead, too. Raises TooOld before `earliest`, else InFuture.
    """
    if told is None:
        return received_at
    try:
        found = told + (received_at - sent_at) if sent_at is not None else told
    except OverflowError as error:
        raise InFuture from error
    if found > received_at:
        if found > received_at + AHEAD:
            raise InFuture
        return received_at
    if found < earliest:
        raise TooOld
    return found
