"""What pages, reports and the API ask about health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from health.engine.scoring import verdict
from health.engine.transforms import NEUTRAL
from health.models import AccountHealth, Band, HealthScore, ScorecardVersion, Scoring
from health.reasons import in_words, label, reason_of, source_name, transform_text, value_text
from health.sql import history as series
from health.sql.run import definition_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from accounts.models import Account
    from accounts.querysets import AccountQuerySet
    from health.engine.definition import Measure
    from health.engine.scoring import Verdict

CHANGE_DAYS = 30
SPARK_WEEKS = 12
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """One measure of a verdict. Points are 0-100, `weight` is its share of the score after redistribution (0-1), `counted` is what it
    adds to the score, `effect` by how many points it moves the score away from the typical account, `points_change` since 30 days ago.
    None where there was no data."""

    key: str
    label: str
    group: str
    source: str
    raw: float | None
    raw_text: str
    transform_text: str
    points: Decimal | None
    typical: Decimal
    weight: float | None
    counted: Decimal | None
    effect: Decimal | None
    points_change: Decimal | None
    filled: bool


@dataclass(frozen=True)
class Explanation:
    """A verdict with its whole arithmetic: the lines' `counted` add up to the score (to the last rounded digit)."""

    account_id: UUID
    score: Decimal | None
    band: str
    band_label: str
    coverage: Decimal
    known_count: int
    measure_count: int
    coverage_floor: float
    good_from: float
    watch_from: float
    reason: str
    formula: str
    version_number: int
    scored_at: datetime
    input_hash: str
    previous_score: Decimal | None
    change: Decimal | None
    lines: tuple[Line, ...]


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


@dataclass(frozen=True)
class Point:
    """A score in time; None while too little was known."""

    at: datetime
    score: Decimal | None
    band: str


@dataclass(frozen=True)
class BandShare:
    """The accounts of one band and what they pay in one currency; band `none`: not scored yet."""

    band: str
    band_label: str
    currency: str
    account_count: int
    arr: Decimal


def explanation(account: Account, *, as_of: datetime) -> Explanation | None:
    """The arithmetic of the verdict that stood at `as_of`; None when the account had none. Five queries at most."""
    kept = HealthScore.objects.known(as_of).filter(account=account).order_by("-scored_at").first()
    if kept is None:
        return None
    version = ScorecardVersion.objects.select_related("scorecard").get(pk=kept.version_id)
    before = HealthScore.objects.known(as_of - timedelta(days=CHANGE_DAYS)).filter(account=account).order_by("-scored_at").first()
    definition = definition_of(version)
    typical = _typical(kept, len(definition.measures))
    again = verdict(definition, kept.raw, typical)
    return Explanation(
        account_id=account.pk,
        score=kept.score,
        band=kept.band,
        band_label=str(Band(kept.band).label),
        coverage=kept.coverage,
        known_count=sum(raw is not None for raw in kept.raw),
        measure_count=len(kept.raw),
        coverage_floor=definition.coverage_floor,
        good_from=definition.bands.good,
        watch_from=definition.bands.watch,
        reason=in_words(kept.reason, reason_of(definition, kept.reason, kept.raw)),
        formula=gettext(version.scorecard.name),
        version_number=version.number,
        scored_at=kept.scored_at,
        input_hash=kept.input_hash,
        previous_score=before.score if before else None,
        change=_difference(kept.score, before.score if before else None),
        lines=_lines(version, kept, again, typical, before),
    )


def history(account: Account, *, since: datetime, as_of: datetime) -> tuple[Point, ...]:
    """The scores in [since, as_of], oldest first, beginning with the one that stood at `since`. Two queries."""
    scores = HealthScore.objects.known(as_of).filter(account=account)
    columns = ("scored_at", "score", "band")
    at_start = scores.filter(scored_at__lte=since).order_by("-scored_at").values_list(*columns)[:1]
    later = scores.filter(scored_at__gt=since).order_by("scored_at").values_list(*columns)
    return tuple(Point(max(at, since), score, band) for at, score, band in [*at_start, *later])


def verdicts(account_ids: Sequence[UUID], *, as_of: datetime) -> dict[UUID, RowVerdict]:
    """The current verdicts of a page of accounts with change, reason and 12-week line; unscored accounts are left out. Four queries."""
    rows = {row.account_id: row for row in AccountHealth.objects.filter(account__in=list(account_ids))}
    versions = {version.pk: version for version in ScorecardVersion.objects.filter(pk__in={row.version_id for row in rows.values()})}
    before = series.scores_at(list(rows), as_of - timedelta(days=CHANGE_DAYS)) if rows else {}
    sparks = weekly_scores(list(rows), as_of=as_of)
    return {
        account: RowVerdict(
            score=row.score,
            band=row.band,
            band_label=str(Band(row.band).label),
            coverage=row.coverage,
            reason=_reason_in_words(row, versions[row.version_id]),
            change=_difference(row.score, before[account][0] if account in before else None),
            spark=sparks[account],
        )
        for account, row in rows.items()
    }


def reasons(account_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The reason of each account's current verdict in the reader's language. Two queries."""
    rows = list(AccountHealth.objects.filter(account__in=list(account_ids)))
    versions = ScorecardVersion.objects.in_bulk({row.version_id for row in rows})
    return {row.account_id: _reason_in_words(row, versions[row.version_id]) for row in rows}


def scores_at(account_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, Decimal | None]:
    """The score each account had at a moment; accounts without a verdict by then are left out. One query."""
    return {account: score for account, (score, _band) in series.scores_at(account_ids, at).items()} if account_ids else {}


def weekly_scores(account_ids: Sequence[UUID], *, as_of: datetime, weeks: int = SPARK_WEEKS) -> dict[UUID, tuple[Decimal | None, ...]]:
    """`weeks` + 1 scores for each account, a week apart, the last at `as_of`. One query for all of them."""
    found: dict[UUID, dict[int, Decimal | None]] = {account: {} for account in account_ids}
    if found:
        for account, week, score in series.weekly(account_ids, start=as_of - timedelta(weeks=weeks), at=as_of, weeks=weeks):
            found[account][week] = score
    return {account: _carried_forward(known, weeks) for account, known in found.items()}


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
    """The raw values and points behind each verdict as plain objects, for the API. One query for all of them."""
    kept = list(scores)
    versions = ScorecardVersion.objects.in_bulk({score.version_id for score in kept})
    return [
        [
            {"key": measure.key, "source": measure.source, "raw": raw, "points": None if points is None else points / 100}
            for measure, raw, points in zip(definition_of(versions[score.version_id]).measures, score.raw, score.points, strict=True)
        ]
        for score in kept
    ]


def _typical(kept: HealthScore, measure_count: int) -> Sequence[int]:
    """What was typical when that verdict was made; the middle of the scale when no whole scoring came before it."""
    scoring = Scoring.objects.filter(version=kept.version_id, as_of__lte=kept.scored_at).order_by("-as_of").first()
    return scoring.typical if scoring else [NEUTRAL] * measure_count


def _lines(
    version: ScorecardVersion, kept: HealthScore, again: Verdict, typical: Sequence[int], before: HealthScore | None
) -> tuple[Line, ...]:
    definition = definition_of(version)
    groups = [group.name for group in definition.groups for _measure in group.measures]
    earlier = before.points if before and before.version_id == kept.version_id else [None] * len(groups)
    lines = [
        _line(measure, group=group, raw=raw, points=points, typical=usual, weight=weight, effect=effect, earlier=was)
        for measure, group, raw, points, usual, weight, effect, was in zip(
            definition.measures, groups, kept.raw, kept.points, typical, again.weights, again.effects, earlier, strict=True
        )
    ]
    return tuple(sorted(lines, key=lambda line: (line.effect is None, line.effect or 0)))


def _line(
    measure: Measure,
    *,
    group: str,
    raw: float | None,
    points: int | None,
    typical: int,
    weight: float | None,
    effect: float | None,
    earlier: int | None,
) -> Line:
    earned = _points(points)
    return Line(
        key=measure.key,
        label=label(measure),
        group=gettext(group),
        source=source_name(measure),
        raw=raw,
        raw_text=value_text(measure, raw),
        transform_text=transform_text(measure),
        points=earned,
        typical=Decimal(typical) / 100,
        weight=weight,
        counted=None if weight is None or earned is None else (Decimal(weight) * earned).quantize(HUNDREDTH),
        effect=None if effect is None else Decimal(effect).quantize(HUNDREDTH),
        points_change=_difference(earned, _points(earlier)),
        filled=raw is None and points is not None,
    )


def _points(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else Decimal(hundredths) / 100


def _difference(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if now is None or before is None else now - before


def _reason_in_words(row: AccountHealth, version: ScorecardVersion) -> str:
    return in_words(row.reason, reason_of(definition_of(version), row.reason, row.raw))


def _carried_forward(known: dict[int, Decimal | None], weeks: int) -> tuple[Decimal | None, ...]:
    line: list[Decimal | None] = []
    for week in range(weeks + 1):
        line.append(known[week] if week in known else (line[-1] if line else None))
    return tuple(line)
