"""Questions about health that can be chained."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from typing import Self

    from cshub.users.models import User
    from health.models import (
        AccountHealth,
        AccountSentiment,
        HealthOverride,
        HealthScore,
        HealthTransition,
        Scorecard,
        ScorecardVersion,
    )


class ScorecardQuerySet(WalledQuerySet["Scorecard"]):
    """Scorecards."""

    def visible_to(self, user: User) -> Self:
        """Everybody who may sign in may read how health is computed."""
        return self if user.is_active else self.none()


class ScorecardVersionQuerySet(WalledQuerySet["ScorecardVersion"]):
    """Versions of scorecards."""

    def visible_to(self, user: User) -> Self:
        """Everybody who may sign in may read how health is, was or would be computed."""
        return self if user.is_active else self.none()

    def in_force(self) -> Self:
        return self.filter(state="active")


class AccountHealthQuerySet(WalledQuerySet["AccountHealth"]):
    """Current verdicts."""

    def visible_to(self, user: User) -> Self:
        """As far as accounts are visible: to everybody who may sign in."""
        return self if user.is_active else self.none()


class HealthScoreQuerySet(WalledQuerySet["HealthScore"]):
    """The history of verdicts."""

    def visible_to(self, user: User) -> Self:
        """As far as accounts are visible: to everybody who may sign in."""
        return self if user.is_active else self.none()

    def known(self, as_of: datetime) -> Self:
        return self.filter(scored_at__lte=as_of)


class HealthOverrideQuerySet(WalledQuerySet["HealthOverride"]):
    """What people set by hand."""

    def visible_to(self, user: User) -> Self:
        """Everybody who may sign in sees what was set by hand, and by whom."""
        return self if user.is_active else self.none()

    def in_force(self, as_of: datetime) -> Self:
        """Made by then, neither run out nor taken back."""
        return self.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=as_of),
            made_at__lte=as_of,
            until_on__gte=as_of.astimezone(UTC).date(),
        )


class AccountSentimentQuerySet(WalledQuerySet["AccountSentiment"]):
    """How people feel about accounts."""

    def visible_to(self, user: User) -> Self:
        """Everybody who may sign in sees what was said, and by whom."""
        return self if user.is_active else self.none()

    def known(self, as_of: datetime) -> Self:
        return self.filter(said_at__lte=as_of, recorded_at__lte=as_of)

    def last_words(self, as_of: datetime) -> Self:
        """The last word on each account known by then, faded or not."""
        last = self.known(as_of).order_by("account", "-said_at", "-id").distinct("account")
        return self.filter(pk__in=last.values("pk"))

    def counting(self, as_of: datetime) -> Self:
        """The last word on each account that still counts."""
        return self.last_words(as_of).filter(fades_on__gt=as_of.astimezone(UTC).date())


class HealthTransitionQuerySet(WalledQuerySet["HealthTransition"]):
    """Changes of band."""

    def unanswered(self) -> Self:
        return self.filter(answered_at__isnull=True)
