"""Changes how long events are kept, and how many names are counted apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.ingest.events.models import EventPolicy
from accounts.ingest.events.policy import Policy, policy
from cshub.audit import services as audit

if TYPE_CHECKING:
    from datetime import datetime

    from cshub.users.models import User


@transaction.atomic
def change_policy(chosen: Policy, *, by: User | None, as_of: datetime) -> Policy:
    """Keep events for longer or shorter. What is shorter takes effect with the next tidying, which cannot be undone."""
    before = policy()
    if before != chosen:
        EventPolicy.objects.update_or_create(pk=1, defaults=vars(chosen))
        audit.record("event_policy.changed", target=None, by=by, at=as_of, before=vars(before), after=vars(chosen))
    return chosen
