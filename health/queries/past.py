"""The verdicts of one account over time: what they were, by which formula, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from health.models import Band, HealthScore, ScorecardVersion
from health.queries.authors import authors_of
from health.reasons import in_words, reason_of
from health.sql.run import definition_of

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from accounts.models import Account

SHOWN = 12


@dataclass(frozen=True)
class Past:
    """One verdict of the history."""

    at: datetime
    score: Decimal | None
    band: str
    band_label: str
    coverage: Decimal
    reason: str
    formula: str


def past_verdicts(account: Account, *, as_of: datetime) -> tuple[Past, ...]:
    """The latest twelve, the newest first. Two queries, three where a person set one."""
    kept = list(HealthScore.objects.known(as_of).filter(account=account).order_by("-scored_at")[:SHOWN])
    versions = ScorecardVersion.objects.select_related("scorecard").in_bulk({row.version_id for row in kept})
    authors = authors_of(row.override_id for row in kept)
    return tuple(_past(row, versions[row.version_id], by=authors.get(row.override_id, "")) for row in kept)


def _past(row: HealthScore, version: ScorecardVersion, *, by: str) -> Past:
    return Past(
        at=row.scored_at,
        score=row.score,
        band=row.band,
        band_label=str(Band(row.band).label),
        coverage=row.coverage,
        reason=in_words(row.reason, reason_of(definition_of(version), row.reason, row.raw), by=by),
        formula=f"{gettext(version.scorecard.name)} v{version.number}",
    )
