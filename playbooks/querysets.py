"""Questions about the work that can be chained."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from typing import Self

    from cshub.users.models import User
    from playbooks.models import Enrollment, Playbook, PlaybookVersion, Task


class PlaybookQuerySet(WalledQuerySet["Playbook"]):
    """Playbooks."""

    def visible_to(self, user: User) -> Self:
        """Plans are no secret inside the tenant."""
        return self if user.is_active else self.none()


class PlaybookVersionQuerySet(WalledQuerySet["PlaybookVersion"]):
    """Versions of playbooks."""

    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def active(self) -> Self:
        return self.filter(state="active")

    def waiting(self) -> Self:
        return self.filter(state="submitted")


class EnrollmentQuerySet(WalledQuerySet["Enrollment"]):
    """Accounts that met a version."""

    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()

    def treated(self) -> Self:
        return self.filter(arm="treated")

    def held_out(self) -> Self:
        return self.filter(arm="held_out")

    def known(self, as_of: datetime) -> Self:
        return self.filter(recorded_at__lte=as_of)


class TaskQuerySet(WalledQuerySet["Task"]):
    """Tasks."""

    def visible_to(self, user: User) -> Self:
        """Everybody sees everybody's tasks; who may work them is decided by services.may_work."""
        return self if user.is_active else self.none()

    def open(self) -> Self:
        return self.filter(state__in=["open", "in_progress", "snoozed"])

    def awake(self, as_of: datetime) -> Self:
        """Open and not snoozed beyond now."""
        return self.open().filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=as_of))

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)
