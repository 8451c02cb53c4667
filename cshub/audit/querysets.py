"""Questions about the audit trail that read aloud."""

from typing import TYPE_CHECKING, Self

from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from cshub.audit.models import AuditEvent
    from cshub.users.models import User


class AuditEventQuerySet(WalledQuerySet["AuditEvent"]):
    """The audit trail."""

    def visible_to(self, user: "User") -> Self:
        """Admins and finance read the trail, nobody else."""
        return self.all() if user.is_active and user.role in {"admin", "finance"} else self.none()

    def about(self, object_type: str, object_id: str) -> Self:
        return self.filter(object_type=object_type, object_id=object_id)
