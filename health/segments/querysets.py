"""Questions about segments that can be chained."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from typing import Self

    from cshub.users.models import User
    from health.segments.models import Segment, SegmentMembership, SegmentTransition


class SegmentQuerySet(WalledQuerySet["Segment"]):
    """Segments."""

    def visible_to(self, user: User) -> Self:
        """Everybody who may sign in may read which rules there are."""
        return self if user.is_active else self.none()

    def in_use(self) -> Self:
        return self.filter(archived_at__isnull=True)


class MembershipQuerySet(WalledQuerySet["SegmentMembership"]):
    """Who was in a segment, and when."""

    def visible_to(self, user: User) -> Self:
        """As far as accounts are visible: to everybody who may sign in."""
        return self if user.is_active else self.none()

    def present(self) -> Self:
        return self.filter(left_at__isnull=True)

    def at(self, moment: datetime) -> Self:
        """Memberships that held at the moment."""
        return self.filter(Q(left_at__isnull=True) | Q(left_at__gt=moment), entered_at__lte=moment)


class TransitionQuerySet(WalledQuerySet["SegmentTransition"]):
    """Comings and goings."""

    def visible_to(self, user: User) -> Self:
        """As far as accounts are visible: to everybody who may sign in."""
        return self if user.is_active else self.none()

    def unanswered(self) -> Self:
        return self.filter(answered_at__isnull=True)
