"""The file of a segment's members."""

from __future__ import annotations

import csv
from datetime import datetime
from io import StringIO
from typing import TYPE_CHECKING

from cshub.audit.services import record
from cshub.kernel.cells import defused
from health.segments.queries import members_at

if TYPE_CHECKING:
    from cshub.users.models import User
    from health.segments.models import Segment

HEADINGS = ("external_id", "name", "status", "region", "owner", "arr", "currency", "entered_at", "left_at")
AT_ONCE = 1000


def members_file(segment: Segment, *, at: datetime, by: User, as_of: datetime) -> str:
    """Who was in a segment at a moment, as CSV text with a heading, formulas defused; who took how many is on the trail."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    rows = members_at(segment, at=at).values_list(
        "account__external_id", "account__name", "account__status", "account__region", "account__owner__email",
        "account__revenue__arr", "account__revenue__currency", "entered_at", "left_at",
    )  # fmt: skip
    count = 0
    for row in rows.iterator(AT_ONCE):
        writer.writerow([defused(cell.isoformat() if isinstance(cell, datetime) else cell) for cell in row])
        count += 1
    record("segment.exported", target=segment, by=by, at=as_of, after={"accounts": count})
    return text.getvalue()
