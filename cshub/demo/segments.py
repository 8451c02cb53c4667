"""The segments that the simulated company works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import MetricDefinition
from health.segments import services

if TYPE_CHECKING:
    from datetime import datetime

    from cshub.users.models import User

RENEWING = {
    "all": [
        {"field": "next_renewal_on", "op": "in_next_days", "value": 90},
        {"field": "band", "op": "in", "value": ["risk", "watch"]},
    ]
}
WITHOUT_CHAMPION = {
    "all": [
        {"field": "status", "op": "is", "value": "active"},
        {"any": [{"field": "has_champion", "op": "is", "value": False}, {"field": "nps", "op": "at_most", "value": 6}]},
    ]
}


def write(*, by: User, as_of: datetime) -> None:
    """Three segments, the last one built on the first and on the metric that most accounts have."""
    renewing = services.create_segment(
        name="Renewing and not healthy", purpose="Called before the term ends.", definition=RENEWING, by=by, as_of=as_of
    )
    services.create_segment(
        name="Nobody speaks for us", purpose="Find a champion.", definition=WITHOUT_CHAMPION, by=by, as_of=as_of
    )
    metric = MetricDefinition.objects.order_by("key").values_list("key", flat=True).first()
    if metric:
        falling = {"trend": metric, "op": "fell_by", "percent": 20, "days": 30}
        services.create_segment(
            name="Falling use, renewal near",
            purpose="Worked first.",
            definition={"all": [falling, {"segment": str(renewing.pk)}]},
            by=by,
            as_of=as_of,
        )
