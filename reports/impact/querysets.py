"""Questions about proof that can be chained: one door for claims, ledger, experiments and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model

from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from typing import Self

    from cshub.users.models import User

Row = TypeVar("Row", bound=Model, covariant=True)


class ProofQuerySet(WalledQuerySet[Row]):
    """Rows that show what the work was worth."""

    def visible_to(self, user: User) -> Self:
        """Proof is no secret inside the tenant; which roles read which page says the access table."""
        return self.all() if user.is_active else self.none()
