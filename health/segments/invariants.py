"""What always holds about segments, and how to find what breaks it."""

from __future__ import annotations

from cshub.db import sql
from cshub.kernel.invariant import Invariant
from health.segments.models import Segment

SHOWN = 20

_OVERLAPS = """
    SELECT s.name, m.account_id FROM segments_segmentmembership m JOIN segments_segment s ON s.id = m.segment_id
    JOIN segments_segmentmembership n ON n.segment_id = m.segment_id AND n.account_id = m.account_id AND n.id <> m.id
        AND n.entered_at >= m.entered_at AND (m.left_at IS NULL OR n.entered_at < m.left_at)
    ORDER BY s.name, m.account_id LIMIT %(shown)s
"""


def overlapping_memberships() -> list[str]:
    return [
        f"Account {account} is in the segment {name} twice at the same time."
        for name, account in sql.rows(_OVERLAPS, {"shown": SHOWN})
    ]


def members_of_archived() -> list[str]:
    found = Segment.objects.filter(
        archived_at__isnull=False, memberships__left_at__isnull=True, memberships__isnull=False
    )
    return [
        f"The segment {name} is archived and still has members."
        for name in found.values_list("name", flat=True).distinct()[:SHOWN]
    ]


INVARIANTS = (
    Invariant("An account is in a segment once at a time", overlapping_memberships),
    Invariant("An archived segment has no members", members_of_archived),
)
