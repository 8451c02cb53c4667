"""Moments as people write them: a date in the order of its column, a time of day behind it, and the zone where it is named."""

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo

from django.utils.translation import gettext_lazy as _

from accounts.ingest.reading.dates import read_date
from accounts.ingest.reading.unreadable import Unreadable, shown
from cshub.l10n.digits import normalize_digits

_LONGEST = 60
_TIME = re.compile(
    r"(?P<day>.*?)(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>[Zz]|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_NUMBERS, _LETTERS = re.compile(r"\d+"), re.compile(r"[A-Za-z:]")


def read_moment(text: str, *, order: str) -> datetime:
    """A moment such as 2027-01-14T09:30:00+01:00, 14.01.2027 09:30, 01/14/2027 9:30 PM; without a zone it is UTC, without a time midnight.

    Raises Unreadable as `read_date` does, and for a time of day that does not exist.
    """
    plain = normalize_digits(text[:_LONGEST]).strip()
    found = _TIME.fullmatch(plain)
    if found is None:
        raise _unreadable(text)
    day = read_date(found["day"], order=order)
    if found["hour"] is None:
        if len(_NUMBERS.findall(plain)) > 3 or _LETTERS.search(plain):
            raise _unreadable(text)
        return datetime.combine(day, time(), UTC)
    try:
        at = time(
            _hour(int(found["hour"]), (found["half"] or "").lower()),
            int(found["minute"]),
            int(found["second"] or 0),
            int((found["fraction"] or "0")[:6].ljust(6, "0")),
        )
        return datetime.combine(day, at, _zone(found["zone"] or "")).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _unreadable(text) from error


def _hour(hour: int, half: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half.startswith("p") else 0)


def _zone(zone: str) -> tzinfo:
    if zone.upper() in ("", "Z", "UTC"):
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if zone[0] == "-" else offset)


def _unreadable(text: str) -> Unreadable:
    problem = _("“%(value)s” is not a date with a time. Write it like 2027-01-14 09:30.")
    return Unreadable("not_a_moment", problem % {"value": shown(text)})
