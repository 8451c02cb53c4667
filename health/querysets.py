"""Questions about health that can be chained."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from typing import Self

    from cshub.users.models import User
    from health.models import HealthScore, HealthTransition, Scorecard


class ScorecardQuerySet(WalledQuerySet["Scorecard"]):
    """Scorecards."""

    def visible_to(self, user: User) -> Self:
        """Everybody who may sign in may read how health is computed."""
        return self if user.is_active else self.none()


class HealthScoreQuerySet(WalledQuerySet["HealthScore"]):
    """The history of verdicts."""

    def visible_to(self, user: User) -> Self:
        """As far as accounts are visible: to everybody who may sign in."""
        return self if user.is_active else self.none()

    def known(self, as_of: datetime) -> Self:
        return self.filter(scored_at__lte=as_of)


class HealthTransitionQuerySet(WalledQuerySet["HealthTransition"]):
    """Changes of band."""

    def unanswered(self) -> Self:
        return self.filter(answered_at__isnull=True)
