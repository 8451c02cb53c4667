"""Pages of many accounts: verdicts, reasons, changes and lines in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from health.models import AccountHealth, Band, HealthScore, ScorecardVersion
from health.queries.authors import authors_of
from health.queries.changes import CHANGE_DAYS, difference
from health.reasons import in_words, reason_of
from health.sql import history as series
from health.sql.run import definition_of
from health.sql.verdicts import standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from accounts.querysets import AccountQuerySet
    from health.engine.definition import Definition

SPARK_WEEKS = 12
MOST_KNOWN = 256
_known: dict[UUID, Definition] = {}


@dataclass(frozen=True)
class RowVerdict:
    """What a row of a list shows. `spark` holds one score a week, the last one now, None where none was known."""

    score: Decimal | None
    band: str
    band_label: str
    coverage: Decimal
    reason: str
    change: Decimal | None
    spark: tuple[Decimal | None, ...]


class Said(NamedTuple):
    """What of a verdict says its reason, for who read it beside other things: columns of AccountHealth."""

    version_id: UUID
    reason: str
    raw: Sequence[float | None]
    override_id: UUID | None


@dataclass(frozen=True)
class BandShare:
    """The accounts of one band and what they pay in one currency; band `none`: not scored yet."""

    band: str
    band_label: str
    currency: str
    account_count: int
    arr: Decimal


def verdicts(account_ids: Sequence[UUID], *, as_of: datetime) -> dict[UUID, RowVerdict]:
    """The current verdicts of a page of accounts with change, reason and 12-week line; unscored accounts are left out.

    Two queries; one more when a version of the formula is seen for the first time, and one where a person set health by hand.
    """
    rows = {row.account_id: row for row in standing(account_ids)}
    known = formulas({row.version_id for row in rows.values()})
    authors = authors_of(row.override_id for row in rows.values())
    seen = _weeks(list(rows), as_of=as_of, weeks=SPARK_WEEKS, earlier=as_of - timedelta(days=CHANGE_DAYS))
    return {
        account: RowVerdict(
            score=row.score,
            band=row.band,
            band_label=str(Band(row.band).label),
            coverage=row.coverage,
            reason=_reason_in_words(row, known[row.version_id], authors),
            change=difference(row.score, seen[account].get(series.EARLIER)),
            spark=_carried_forward(seen[account], SPARK_WEEKS),
        )
        for account, row in rows.items()
    }


def reasons(account_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The reason of each account's current verdict in the reader's language. One query, two when a version of the formula is new, one more where a person set one."""
    rows = standing(account_ids)
    return {row.account_id: reason for row, reason in zip(rows, reasons_of(rows), strict=True)}


def reasons_of(rows: Sequence[AccountHealth | HealthScore | Said]) -> list[str]:
    """The reason of each verdict in the reader's language. No query, one when a version of the formula is new, one more where a person set one."""
    known = formulas({row.version_id for row in rows})
    authors = authors_of(row.override_id for row in rows)
    return [_reason_in_words(row, known[row.version_id], authors) for row in rows]


def scores_at(account_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, Decimal | None]:
    """The score each account had at a moment; accounts without a verdict by then are left out. One query."""
    return (
        {account: score for account, (score, _band) in series.scores_at(account_ids, at).items()} if account_ids else {}
    )


def weekly_scores(
    account_ids: Sequence[UUID], *, as_of: datetime, weeks: int = SPARK_WEEKS
) -> dict[UUID, tuple[Decimal | None, ...]]:
    """`weeks` + 1 scores for each account, a week apart, the last at `as_of`. One query for all of them."""
    seen = _weeks(account_ids, as_of=as_of, weeks=weeks)
    return {account: _carried_forward(known, weeks) for account, known in seen.items()}


def bands_summary(accounts: AccountQuerySet) -> tuple[BandShare, ...]:
    """How many of these accounts stand in each band and what they pay, by currency, worst band first. One query."""
    groups = (
        accounts.order_by()
        .values("health__band", "revenue__currency")
        .annotate(account_count=Count("pk"), arr=Coalesce(Sum("revenue__arr"), Decimal(0)))
    )
    order = [Band.RISK, Band.WATCH, Band.UNKNOWN, Band.GOOD, "none"]
    shares = [
        BandShare(
            band=group["health__band"] or "none",
            band_label=str(Band(group["health__band"]).label if group["health__band"] else gettext("Not scored yet")),
            currency=group["revenue__currency"] or "",
            account_count=group["account_count"],
            arr=group["arr"],
        )
        for group in groups
    ]
    return tuple(sorted(shares, key=lambda share: (order.index(share.band), share.currency)))


def contributions(scores: Iterable[AccountHealth | HealthScore]) -> list[list[dict[str, object]]]:
    """The raw values and points behind each verdict as plain objects, for the API. No query, one when a version of the formula is new."""
    kept = list(scores)
    known = formulas({score.version_id for score in kept})
    return [
        [
            {
                "key": measure.key,
                "source": measure.source,
                "raw": raw,
                "points": None if points is None else points / 100,
            }
            for measure, raw, points in zip(known[score.version_id].measures, score.raw, score.points, strict=True)
        ]
        for score in kept
    ]


def formulas(version_ids: set[UUID]) -> dict[UUID, Definition]:
    """The definitions of versions that gave verdicts. They never change, so each process reads them once. No query, one when a version is new."""
    if missing := version_ids - _known.keys():
        if len(_known) > MOST_KNOWN:
            _known.clear()
            missing = version_ids
        _known.update(
            {version.pk: definition_of(version) for version in ScorecardVersion.objects.filter(pk__in=missing)}
        )
    return {version_id: _known[version_id] for version_id in version_ids}


def _weeks(
    account_ids: Sequence[UUID], *, as_of: datetime, weeks: int, earlier: datetime | None = None
) -> dict[UUID, dict[int, Decimal | None]]:
    seen: dict[UUID, dict[int, Decimal | None]] = {account: {} for account in account_ids}
    if seen:
        start = as_of - timedelta(weeks=weeks)
        for account, week, score in series.weekly(account_ids, start=start, at=as_of, weeks=weeks, earlier=earlier):
            seen[account][week] = score
    return seen


def _reason_in_words(
    row: AccountHealth | HealthScore | Said, formula: Definition, authors: dict[UUID | None, str]
) -> str:
    by = authors.get(row.override_id, "")
    return in_words(row.reason, reason_of(formula, row.reason, row.raw), by=by)


def _carried_forward(known: dict[int, Decimal | None], weeks: int) -> tuple[Decimal | None, ...]:
    line: list[Decimal | None] = []
    for week in range(weeks + 1):
        line.append(known[week] if week in known else (line[-1] if line else None))
    return tuple(line)
