"""Which playbooks are meant for the accounts of a segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from playbooks.models import PlaybookVersion

if TYPE_CHECKING:
    from uuid import UUID

State = PlaybookVersion.State
DECIDED = (State.SUBMITTED, State.ACTIVE, State.PAUSED)


def playbooks_for(segment: UUID) -> list[str]:
    """The playbooks whose audience names the segment, in phrases. A draft counts while it is its playbook's newest version; what was
    retired or replaced does not. One query.
    """
    found = (
        PlaybookVersion.objects.annotate(newest=Max("playbook__versions__number"))
        .filter(Q(state__in=DECIDED) | Q(state__in=(State.DRAFT, State.RETURNED), number=F("newest")))
        .filter(audience__in_segment__contains=[str(segment)])
    )
    names = found.order_by("playbook__name").values_list("playbook__name", flat=True).distinct()
    return [_("the playbook “%(name)s”") % {"name": name} for name in names]
