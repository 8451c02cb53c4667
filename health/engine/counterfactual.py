"""What would have to change in one signal for the score to reach a band: the transforms inverted, and every answer scored again."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from health.engine.definition import TENURE, Definition, Measure
from health.engine.scoring import Verdict, transformed, verdict
from health.engine.transforms import NEUTRAL, Choice, Percentile, Step, Tenure, Transform

RANK = {"unknown": 0, "risk": 1, "watch": 2, "good": 3}
# time alone changes the first three, and saying that an account feels better makes it no better
NO_LEVER = (TENURE, "renewal_days", "notice_days", "sentiment")
FINE_SPAN = 20  # a scale narrower than this is told in hundredths, a wider one in whole numbers
FARTHEST = 1e15


@dataclass(frozen=True)
class Scale:
    """Values a signal can take: multiples of `step` in [low, high], which is also how people are told them."""

    step: Decimal
    low: float
    high: float

    def at(self, place: int) -> float:
        """The value at that multiple of the step."""
        return float(self.step * place)

    @property
    def ends(self) -> tuple[int, int]:
        """The lowest and the highest place."""
        return math.ceil(Decimal(self.low) / self.step), math.floor(Decimal(self.high) / self.step)


@dataclass(frozen=True)
class Change:
    """One signal changed and nothing else. `raw` in the source's own unit, points in hundredths; `before` None where nobody knew it."""

    measure: Measure
    before: float | None
    after: float
    points_before: int | None
    points_after: int
    score: Decimal
    band: str

    @property
    def distance(self) -> int:
        """How far the signal has to move, in hundredths of its points; what is unknown starts at nothing."""
        return abs(self.points_after - (self.points_before or 0))


_WHOLE, _RATE = Decimal(1), Decimal("0.01")
_COUNT = Scale(_WHOLE, 0, FARTHEST)
_SHARE = Scale(_RATE, 0, 1)
_TREND = Scale(_RATE, -1, FARTHEST)
_SCALES = {
    "usage_trend": _TREND,
    "usage_breadth": _SHARE,
    "usage_recency": _COUNT,
    "survey_nps": Scale(_WHOLE, 0, 10),
    "survey_csat": Scale(_WHOLE, 1, 5),
    "survey_ces": Scale(_WHOLE, 1, 7),
    "engagement_recency": _COUNT,
    "engagement_touches": _COUNT,
    "proactive_share": _SHARE,
    "tickets_open": _COUNT,
    "tickets_urgent": _COUNT,
    "tickets_reply_hours": _COUNT,
    "tickets_reopened": _COUNT,
    "tickets_satisfaction": Scale(Decimal("0.1"), 1, 5),
    "billing_overdue_share": _SHARE,
    "billing_days_late": _COUNT,
    "people_left": _COUNT,
    "order_pace": Scale(Decimal("0.1"), 0, FARTHEST),
    "stage_days": _COUNT,
    "contract_term": Scale(_WHOLE, 1, FARTHEST),
    "arr": _COUNT,
    "arr_trend": _TREND,
}


def changes(definition: Definition, raw: Sequence[float | None], *, to: str) -> tuple[Change, ...]:
    """The smallest change of each single signal after which `verdict` says the band `to` or a better one, the smallest first.

    `raw` stands in the order of `definition.measures`. A signal that cannot do it alone is left out; so are those that only time
    changes. Nothing where the account already is there. `to` is watch or good. Each value is one people can be told (whole tickets,
    whole per cent), and the nearest such value to today's in its direction.
    """
    now = _scored(definition, raw)
    if RANK[now.band] >= RANK[to]:
        return ()
    found = (_nearest(_Case(definition, tuple(raw), index, RANK[to])) for index in range(len(definition.measures)))
    return tuple(sorted((each for each in found if each), key=lambda each: (each.distance, each.measure.key)))


def scale_of(measure: Measure) -> Scale:
    """Which values are tried, by the source; a number of the tenant's own in steps as fine as its transform needs."""
    if isinstance(measure.transform, Percentile):
        return _SHARE
    return _SCALES.get(measure.kind) or _own_scale(measure)


@dataclass(frozen=True)
class _Case:
    """One account with one signal that may move."""

    definition: Definition
    raw: tuple[float | None, ...]
    index: int
    rank: int

    @property
    def measure(self) -> Measure:
        return self.definition.measures[self.index]

    @property
    def months(self) -> float | None:
        place = self.definition.tenure_index
        return None if place is None else self.raw[place]

    def scored(self, value: float) -> Verdict:
        return _scored(self.definition, (*self.raw[: self.index], value, *self.raw[self.index + 1 :]))

    def reaches(self, value: float) -> bool:
        return RANK[self.scored(value).band] >= self.rank


def _scored(definition: Definition, raw: Sequence[float | None]) -> Verdict:
    return verdict(definition, raw, [NEUTRAL] * len(raw))  # what is typical only decides which reason is told


def _nearest(case: _Case) -> Change | None:
    measure = case.measure
    if measure.kind in NO_LEVER or (isinstance(measure.transform, Tenure) and case.months is None):
        return None
    if isinstance(measure.transform, Choice):
        values: Iterator[float] = (float(place) for place in range(len(measure.transform.choices)))
        reached = [_change(case, value) for value in values if case.reaches(value)]
    else:
        reached = [_change(case, value) for value in _on_scale(case)]
    return min(reached, key=lambda each: (each.distance, abs(each.after - (each.before or 0))), default=None)


def _change(case: _Case, value: float) -> Change:
    then = case.scored(value)
    points = then.points[case.index]
    assert points is not None  # a known value has points
    assert then.score is not None  # and the band was reached
    before = case.raw[case.index]
    return Change(
        measure=case.measure,
        before=before,
        after=value,
        points_before=transformed(case.definition, case.raw)[case.index],
        points_after=points,
        score=then.score,
        band=then.band,
    )


def _on_scale(case: _Case) -> Iterator[float]:
    """The nearest value upwards and the nearest downwards that reach the band."""
    scale = scale_of(case.measure)
    low, high = scale.ends
    marks = _marks(case, scale)
    start = case.raw[case.index]
    here = _worst(case, scale, marks) if start is None else start
    at = Decimal(here) / scale.step
    away = int(start is not None)  # today's value is no change; that of an unknown signal may be one
    up = _first(case, scale, _upwards(marks, max(math.floor(at) + away, low)))
    down = _first(case, scale, _upwards([-mark for mark in marks], max(-math.ceil(at) + away, -high)), sign=-1)
    yield from (scale.at(place) for place in (up, down) if place is not None)


def _first(case: _Case, scale: Scale, places: Iterable[int], *, sign: int = 1) -> int | None:
    """The first place along the way that reaches the band. Between two neighbors of `places` the score only rises or only falls."""
    before: int | None = None
    for place in places:
        if case.reaches(scale.at(place * sign)):
            return sign * (place if before is None else _bisected(case, scale, before, place, sign))
        before = place
    return None


def _bisected(case: _Case, scale: Scale, fails: int, reaches: int, sign: int) -> int:
    while reaches - fails > 1:
        middle = (reaches + fails) // 2
        if case.reaches(scale.at(middle * sign)):
            reaches = middle
        else:
            fails = middle
    return reaches


def _upwards(marks: Sequence[int], start: int) -> list[int]:
    """`start` and the marks beyond it, in order; nothing where all of them lie before it."""
    beyond = sorted(mark for mark in marks if mark > start)
    return [start, *beyond] if beyond or start in marks else []


def _marks(case: _Case, scale: Scale) -> list[int]:
    """Places around every value at which the points jump, stop to rise, or an exception begins: before, at and after it."""
    low, high = scale.ends
    edges = [*_edges(case), *(e.value for e in case.definition.exceptions if e.measure == case.measure.key)]
    around = {math.floor(Decimal(edge) / scale.step) + offset for edge in edges for offset in (-1, 0, 1, 2)}
    return sorted({min(max(place, low), high) for place in around} | {low, high})


def _edges(case: _Case) -> list[float]:
    transform = case.measure.transform
    return _thresholds(transform.at(case.months or 0) if isinstance(transform, Tenure) else transform)


def _thresholds(transform: Transform) -> list[float]:
    """Where the points of a transform begin, jump or end."""
    match transform:
        case Step(_, steps):
            return [threshold for threshold, _ in steps]
        case Tenure(tables):
            return [threshold for _, step in tables for threshold, _ in step.steps]
        case Percentile() | Choice():
            return [0.0, 1.0]
        case line:
            return [line.low, line.high]


def _worst(case: _Case, scale: Scale, marks: list[int]) -> float:
    """Where the way begins for a signal nobody knows: the value that earns least, near those at which the points change."""
    middle = _edges(case)[0]
    values = (scale.at(mark) for mark in marks)
    return min(values, key=lambda value: (case.scored(value).points[case.index] or 0, abs(value - middle)))


def _own_scale(measure: Measure) -> Scale:
    """Of an amount, or of a field: whole numbers where its scale is wide, hundredths where it is narrow; yes and no stay what they are."""
    values = _thresholds(measure.transform)
    if set(values) == {0.0, 1.0}:
        return Scale(_WHOLE, 0, 1)
    wide = max((abs(value) for value in values), default=0.0) >= FINE_SPAN
    return Scale(_WHOLE if wide else _RATE, -FARTHEST, FARTHEST)
