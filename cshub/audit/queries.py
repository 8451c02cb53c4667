"""A page of the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cshub.audit.models import AuditEvent

if TYPE_CHECKING:
    from cshub.users.models import User

ROWS = 50
FILTERS = ("verb", "actor_id", "object_type", "object_id")


@dataclass(frozen=True)
class TrailPage:
    """Deeds from the newest on; `next_before` continues, None at the end."""

    events: tuple[AuditEvent, ...]
    next_before: int | None
    verbs: tuple[str, ...]


def trail_page(user: "User", *, filters: Mapping[str, object], before: int | None = None) -> TrailPage:
    """Two queries. `filters` may hold what FILTERS names; `before` is the number of the last deed of the page before."""
    events = AuditEvent.objects.visible_to(user).filter(
        **{name: value for name, value in filters.items() if name in FILTERS and value}
    )
    if before is not None:
        events = events.filter(seq__lt=before)
    found = list(events.order_by("-seq")[: ROWS + 1])
    recent = AuditEvent.objects.visible_to(user).order_by("-seq").values_list("verb", flat=True)[:2000]
    rest = found[ROWS - 1].seq if len(found) > ROWS else None
    return TrailPage(events=tuple(found[:ROWS]), next_before=rest, verbs=tuple(sorted(set(recent))))
