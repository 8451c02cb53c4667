"""Questions about the work that can be chained."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from typing import Self

    from cshub.users.models import User
    from playbooks.models import Enrollment, PlaybookVersion, Task  # noqa: F401 (ruff does not see them in the bases below)


class PlaybookVersionQuerySet(WalledQuerySet["PlaybookVersion"]):
    """Versions of playbooks."""

    def active(self) -> Self:
        return self.filter(state="active")

    def waiting(self) -> Self:
        return self.filter(state="submitted")


class EnrollmentQuerySet(WalledQuerySet["Enrollment"]):
    """Accounts that met a version."""

    def treated(self) -> Self:
        return self.filter(arm="treated")

    def held_out(self) -> Self:
        return self.filter(arm="held_out")

    def known(self, as_of: datetime) -> Self:
        return self.filter(recorded_at__lte=as_of)


class TaskQuerySet(WalledQuerySet["Task"]):
    """Tasks."""

    def open(self) -> Self:
        return self.filter(state__in=["open", "in_progress", "snoozed"])

    def awake(self, as_of: datetime) -> Self:
        """Open and not snoozed beyond now."""
        return self.open().filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=as_of))

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)
