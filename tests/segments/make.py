"""The smallest valid segments, and rules in few letters, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from accounts.models import Account
from health.segments.models import Segment, SegmentMembership
from health.segments.services import create_segment
from tests.accounts import make

AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TODAY = AS_OF.date()
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
_numbers = count(1)


def asks(field: str, op: str, value: Any = None) -> dict[str, Any]:
    """One condition."""
    return {"field": field, "op": op} if value is None else {"field": field, "op": op, "value": value}


def segment(definition: Any = None, *, as_of: datetime = AS_OF, **fields: Any) -> Segment:
    """A segment of the accounts in Poland."""
    return create_segment(
        **{"name": f"Segment {next(_numbers)}", "by": None, **fields},
        definition=definition or asks("region", "is", "Poland"),
        as_of=as_of,
    )


def account(**fields: Any) -> Account:
    """An account known for long."""
    return make.account(**{"recorded_at": LONG_AGO, **fields})


def members(of: Segment) -> set[str]:
    """Names of the accounts that are in a segment now."""
    found = SegmentMembership.objects.present().filter(segment=of)
    return set(found.values_list("account__name", flat=True))
