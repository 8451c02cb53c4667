"""What is built on a field of the tenant's own, so that whoever archives it knows."""

from __future__ import annotations

from typing import Any

from accounts.models import CustomField
from health.engine.sources import ATTRIBUTE
from health.models import ScorecardVersion
from health.segments.engine.fields import CUSTOM
from health.segments.models import Segment


def built_on(field: CustomField) -> list[str]:
    """Names of the segments and scorecards in force that ask for this field of accounts, sorted. Two queries."""
    if field.subject != CustomField.Subject.ACCOUNT:
        return []
    segments = Segment.objects.filter(archived_at__isnull=True, current__isnull=False).select_related("current")
    scorecards = ScorecardVersion.objects.filter(state=ScorecardVersion.State.ACTIVE).select_related("scorecard")
    named = {each.name for each in segments if each.current and _says(each.current.definition, CUSTOM + field.key)}
    measured = {each.scorecard.name for each in scorecards if _says(each.definition, f"{ATTRIBUTE}:{field.key}")}
    return sorted(named | measured)


def _says(definition: Any, name: str) -> bool:
    if isinstance(definition, dict):
        return any(_says(value, name) for value in definition.values())
    if isinstance(definition, list):
        return any(_says(each, name) for each in definition)
    return bool(definition == name)
