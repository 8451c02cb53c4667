"""Who set the health of accounts by hand, for all rows of a page at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.models import HealthOverride

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


def authors_of(override_ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """The name of each override's author; overrides without one are left out. One query, none where nothing was set by hand."""
    asked = {override for override in override_ids if override}
    if not asked:
        return {}
    named = HealthOverride.objects.filter(pk__in=asked, author__isnull=False)
    return dict(named.values_list("pk", "author__name"))
