"""Questions about background work that read aloud."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from cshub.users.models import User
    from cshub.work.models import Job, OutboxEntry


class OutboxQuerySet(WalledQuerySet["OutboxEntry"]):
    """What has to leave the house."""

    def due(self, as_of: datetime) -> Self:
        return self.filter(state="queued", due_at__lte=as_of).order_by("due_at", "id")

    def abandoned(self, as_of: datetime) -> Self:
        """Being sent by somebody whose lease has passed."""
        return self.filter(state="sending", lease_until__lte=as_of)


class JobQuerySet(WalledQuerySet["Job"]):
    """Work somebody waits for."""

    def open(self) -> Self:
        return self.filter(state__in=("queued", "running"))

    def silent_since(self, moment: datetime) -> Self:
        """Running without a sign of life since then."""
        return self.filter(state="running", heartbeat_at__lt=moment)

    def visible_to(self, user: "User") -> Self:
        """Managers and admins see every job, others their own."""
        if not user.is_active:
            return self.none()
        return self.all() if user.role in {"admin", "manager"} else self.filter(created_by=user)
