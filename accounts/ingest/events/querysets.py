"""Questions about sources that can be chained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.querysets import FactQuerySet

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Self

    from accounts.ingest.events.models import Source  # noqa: F401  # named in a string below


class SourceQuerySet(FactQuerySet["Source"]):
    """Sources."""

    def opened_by(self, digest: str, *, as_of: datetime) -> Self:
        """The source this key's digest belongs to, the old key too while it still works."""
        return self.filter(Q(digest=digest) | Q(previous_digest=digest, previous_until__gt=as_of), is_active=True)
