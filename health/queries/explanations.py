"""The account page: one verdict with its whole arithmetic, and the scores over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from cshub.kernel.charts import diverging
from health.engine.scoring import counted, verdict
from health.engine.transforms import NEUTRAL
from health.models import Band, HealthOverride, HealthScore
from health.queries.changes import CHANGE_DAYS, difference
from health.queries.lists import formulas
from health.reasons import exception_text, in_words, label, reason_of, source_name, transform_text, value_text
from health.scorecards.assignment import scope_in_words
from health.sql.verdicts import stood

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from accounts.models import Account
    from cshub.kernel.charts import Diverging
    from health.engine.definition import Definition, Measure
    from health.engine.scoring import Verdict

HUNDREDTH = Decimal("0.01")
Counts = tuple[float | None, float | None, Decimal | None]  # weight, effect, what it adds


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
    """A verdict with its whole arithmetic: the lines' `counted` add up to `summed` (to the last rounded digit), which `computed` cuts off
    at the ends of the scale.

    `scope` says why this formula scores the account; empty where no other does. `exception` says in words why `by_formula` is another; empty where it is not, and `override` is what a person set instead of that.
    """

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
    scope: str
    version_number: int
    scored_at: datetime
    input_hash: str
    previous_score: Decimal | None
    change: Decimal | None
    lines: tuple[Line, ...]
    summed: Decimal | None
    computed: Decimal | None
    by_formula: Decimal | None
    exception: str
    override: HealthOverride | None
    definition: Definition
    raw: tuple[float | None, ...]

    @property
    def typical_score(self) -> Decimal | None:
        """What an account with the typical points for these signals would have; None where nothing was scored."""
        if self.summed is None:
            return None
        return self.summed - sum((line.effect for line in self.lines if line.effect is not None), Decimal(0))

    @property
    def cut_off(self) -> Decimal | None:
        """What the ends of the scale add to the sum or take from it; 0 where it lies inside."""
        return difference(self.computed, self.summed)

    @property
    def rows(self) -> tuple[tuple[Line, Diverging], ...]:
        """The lines with the bars that show their effects."""
        return tuple(zip(self.lines, diverging([line.effect or 0 for line in self.lines]), strict=True))


@dataclass(frozen=True)
class Point:
    """A score in time; None while too little was known."""

    at: datetime
    score: Decimal | None
    band: str


def explanation(account: Account, *, as_of: datetime) -> Explanation | None:
    """The arithmetic of the verdict that stood at `as_of`; None when the account had none. One query, another with an override, and another
    when a version of the formula is seen for the first time."""
    kept = stood(account.pk, as_of=as_of, before=as_of - timedelta(days=CHANGE_DAYS))
    if kept is None:
        return None
    definition = formulas({kept.version_id})[kept.version_id]
    typical = kept.typical or [NEUTRAL] * len(definition.measures)  # the middle where no whole scoring came before it
    again = verdict(definition, kept.raw, typical)
    said = HealthOverride.objects.select_related("author").get(pk=kept.override_id) if kept.override_id else None
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
        reason=in_words(kept.reason, reason_of(definition, kept.reason, kept.raw), by=_author(said)),
        formula=gettext(kept.scorecard),
        scope=scope_in_words(definition),
        version_number=kept.number,
        scored_at=kept.scored_at,
        input_hash=kept.input_hash,
        previous_score=kept.before_score,
        change=difference(kept.score, kept.before_score),
        lines=_lines(definition, kept, again, typical),
        summed=again.summed,
        computed=again.computed,
        exception=exception_text(definition, again.exception) if again.exception else "",
        override=said,
        by_formula=again.score,
        definition=definition,
        raw=tuple(kept.raw),
    )


def history(account: Account, *, since: datetime, as_of: datetime) -> tuple[Point, ...]:
    """The scores in [since, as_of], oldest first, beginning with the one that stood at `since`. Two queries."""
    scores = HealthScore.objects.known(as_of).filter(account=account)
    columns = ("scored_at", "score", "band")
    at_start = scores.filter(scored_at__lte=since).order_by("-scored_at").values_list(*columns)[:1]
    later = scores.filter(scored_at__gt=since).order_by("scored_at").values_list(*columns)
    return tuple(Point(max(at, since), score, band) for at, score, band in [*at_start, *later])


def _author(said: HealthOverride | None) -> str:
    return said.author.name if said and said.author else ""


def _lines(definition: Definition, kept: Any, again: Verdict, typical: Sequence[int]) -> tuple[Line, ...]:
    groups = [group.name for group in definition.groups for _measure in group.measures]
    earlier = kept.before_points if kept.before_version_id == kept.version_id else [None] * len(groups)
    lines = [
        _line(measure, group=group, raw=raw, points=points, typical=usual, counts=counts, earlier=was)
        for measure, group, raw, points, usual, counts, was in zip(
            definition.measures,
            groups,
            kept.raw,
            kept.points,
            typical,
            zip(again.weights, again.effects, _counted(definition, again), strict=True),
            earlier,
            strict=True,
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
    counts: Counts,
    earlier: int | None,
) -> Line:
    earned = _points(points)
    weight, effect, share = counts
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
        counted=share,
        effect=None if effect is None else Decimal(effect).quantize(HUNDREDTH),
        points_change=difference(earned, _points(earlier)),
        filled=raw is None and points is not None,
    )


def _counted(definition: Definition, found: Verdict) -> Iterator[Decimal | None]:
    for weight, points in zip(found.weights, found.points, strict=True):
        earned = _points(points)
        if weight is None or earned is None:
            yield None
        else:
            yield counted(definition, weight, earned).quantize(HUNDREDTH)


def _points(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else Decimal(hundredths) / 100
