"""When a mail that comes in the morning is due where its reader lives."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOUR = 6
DAYS = {"day": 1, "week": 7}


def due_since(every: str, zone: str, as_of: datetime) -> datetime:
    """The last morning by `as_of`, at six o'clock in that zone (UTC where it is none): of the day, or the Monday of the week."""
    try:
        here = as_of.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        here = as_of.astimezone(UTC)
    morning = here.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if every == "week":
        morning -= timedelta(days=here.weekday())
    if morning > here:
        morning -= timedelta(days=DAYS[every])
    return morning.astimezone(UTC)


def told_from(every: str, told_until: datetime | None, morning: datetime) -> datetime | None:
    """From when on to tell, for a mail of that morning; None where it was told already. The first one tells of a day or a week."""
    if told_until is None:
        return morning - timedelta(days=DAYS[every])
    return told_until if told_until < morning else None
