"""Questions about value that can be chained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Exists, OuterRef

from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from datetime import date, datetime
    from typing import Self

    from cshub.users.models import User


class DecisionQuerySet(WalledQuerySet[Any]):
    """Terms, margins, rates and fits."""

    def visible_to(self, user: User) -> Self:
        """Everybody who may sign in may read what values stand on."""
        return self if user.is_active else self.none()

    def in_force(self, *, on: date, as_of: datetime) -> Self:
        """Those that hold on a day as known at a moment, the one that counts first."""
        return self.filter(valid_from__lte=on, recorded_at__lte=as_of).order_by("-valid_from", "-recorded_at", "-id")


class MarkQuerySet(WalledQuerySet[Any]):
    """Strategic marks."""

    def visible_to(self, user: User) -> Self:
        """As far as accounts are visible: to everybody who may sign in."""
        return self if user.is_active else self.none()

    def open(self) -> Self:
        """Those that hold now."""
        return self.filter(ended_at__isnull=True)


class ValueQuerySet(WalledQuerySet[Any]):
    """Values, present or of a history."""

    def visible_to(self, user: User) -> Self:
        """As far as accounts are visible: to everybody who may sign in."""
        return self if user.is_active else self.none()

    def present(self) -> Self:
        """Of a history, those that hold now."""
        return self.filter(Exists(self._held()))

    def earlier(self) -> Self:
        """Of a history, those that hold no more."""
        return self.exclude(Exists(self._held()))

    def _held(self) -> Any:
        now = apps.get_model("value", "AccountValue")
        return now.objects.filter(account=OuterRef("account_id"), computed_at=OuterRef("computed_at"))
