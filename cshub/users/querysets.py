"""Questions about people that read aloud."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db.models import Q

from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from cshub.users.models import Absence, ApiKey, Team, User


class TeamQuerySet(WalledQuerySet["Team"]):
    """Teams."""

    def visible_to(self, user: "User") -> Self:
        return self.all() if user.is_active else self.none()


class UserQuerySet(WalledQuerySet["User"]):
    """People."""

    def active(self) -> Self:
        return self.filter(is_active=True)

    def admins(self) -> Self:
        return self.active().filter(role="admin")

    def visible_to(self, user: "User") -> Self:
        """Everybody may know who works here."""
        return self.all() if user.is_active else self.none()

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)

    async def aget_by_natural_key(self, email: str) -> "User":
        return await self.aget(email__iexact=email)


class AbsenceQuerySet(WalledQuerySet["Absence"]):
    """Absences."""

    def visible_to(self, user: "User") -> Self:
        """Everybody may know who is away."""
        return self.all() if user.is_active else self.none()


class ApiKeyQuerySet(WalledQuerySet["ApiKey"]):
    """Keys of integrations."""

    def usable(self, *, as_of: datetime) -> Self:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=as_of), revoked_at=None, user__is_active=True)

    def visible_to(self, user: "User") -> Self:
        """Admins see every key, others their own."""
        if not user.is_active:
            return self.none()
        return self.all() if user.role == "admin" else self.filter(user=user)
