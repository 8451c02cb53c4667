"""The score of one account, step by step: what the SQL does for all of them, in Python one can read.

Every operation is done in the order the SQL does it, on the same kind of numbers, so both give the same digits.
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from math import isfinite
from uuid import UUID

from health.engine.definition import Definition, Group, Measure
from health.engine.exceptions import ScoreException
from health.engine.overrides import BY_HAND, Override, overridden
from health.engine.transforms import NEUTRAL, Tenure

MIDDLE = 50  # of the scale; what a stretch starts from
FEW = 5  # with fewer known values than this nothing is typical yet, and the middle of the scale stands in
NO_DATA = "coverage"  # the reason of an account about which too little is known
_FLOAT8 = 701  # PostgreSQL's number for the type, part of what is hashed

Raw = Sequence[float | None]
Points = tuple[int | None, ...]


@dataclass(frozen=True)
class Verdict:
    """`score` 0-100 with two decimals or None, `coverage` 0-1 with three, `reason` the key of a measure or `coverage`.

    `weights` and `effects` stand in the order of the measures: the share of the score each had after redistribution (they add up to 1)
    and how many points it moved the score away from the typical account. None where a measure took no part: it had no data, or
    another one of its group counts. `summed` is what the measures add up to, `computed` the same inside the ends of the scale,
    `exception` what changed that.
    """

    score: Decimal | None
    band: str
    coverage: Decimal
    reason: str
    points: Points
    weights: tuple[float | None, ...]
    effects: tuple[float | None, ...]
    computed: Decimal | None = None
    exception: ScoreException | None = None
    summed: Decimal | None = None


def verdict(definition: Definition, raw: Raw, typical: Sequence[int], override: Override | None = None) -> Verdict:
    """Score one account; a person's `override` stands above what its measures give, which stays in `computed` and the points.

    `raw` and `typical` stand in the order of `definition.measures`; `raw` in the source's own unit (None: no data, and so is what is not
    finite), `typical` in hundredths of a point. Missing data is filled by the measure's policy or its weight goes to the rest of its group; a group
    without any goes to the other groups. Raises ValueError when the lengths differ.
    """
    found = _verdict(definition, raw, typical)
    if override is None:
        return found
    score = overridden(definition, found.score, override)
    return replace(found, score=score, band=override.band or band(definition, score), reason=BY_HAND)


def transformed(definition: Definition, raw: Raw) -> Points:
    """Points of each measure in hundredths; None where there is no data and the policy is to ignore that."""
    index = definition.tenure_index
    known = _known(raw)
    months = None if index is None else known[index]
    return tuple(_points(measure, value, months) for measure, value in zip(definition.measures, known, strict=True))


def covered(definition: Definition, raw: Raw) -> Decimal:
    """The share of the weights that had data, 0-1 with three decimals. Filling a gap by policy is not data."""
    every = sum(group.weight for group in definition.groups)
    values = iter(_known(raw))
    total = 0.0
    for group in definition.groups:
        inside = sum(measure.weight for measure in group.measures)
        for measure in group.measures:
            share = group.weight / every * (measure.weight / inside)
            total += share if next(values) is not None else 0.0
    return _rounded(total, 3)


def counted(definition: Definition, weight: float, points: Decimal) -> Decimal:
    """What a measure adds to the sum: its weight times its points, which a stretch moves away from the middle of the scale.

    `weight` is its share of the score, `points` 0-100. The weights add up to 1, so what is counted adds up to `Verdict.summed`.
    """
    if definition.stretch == 1:
        return Decimal(weight) * points
    return Decimal(weight) * (MIDDLE + Decimal(definition.stretch) * (points - MIDDLE))


def typical_points(definition: Definition, scored: Sequence[Points]) -> tuple[int, ...]:
    """The mean points of each measure over those accounts, in hundredths, rounded half up."""
    columns = list(zip(*scored, strict=True)) or [()] * len(definition.measures)
    return tuple(_mean([value for value in column if value is not None]) for column in columns)


def band(definition: Definition, score: Decimal) -> str:
    """The word for a score."""
    if score >= Decimal(str(definition.bands.good)):
        return "good"
    return "watch" if score >= Decimal(str(definition.bands.watch)) else "risk"


def input_hash(version_id: UUID, raw: Raw, override_id: UUID | None = None) -> str:
    """MD5 over the version, the raw values as PostgreSQL sends them and the override: the fingerprint of what a verdict was made from."""
    gaps = any(value is None for value in raw)
    body = struct.pack(">iiiii", 1, int(gaps), _FLOAT8, len(raw), 1)
    for value in raw:
        body += struct.pack(">i", -1) if value is None else struct.pack(">id", 8, value)
    said = override_id.bytes if override_id else b""
    return hashlib.md5(version_id.bytes + body + said, usedforsecurity=False).hexdigest()


def _verdict(definition: Definition, raw: Raw, typical: Sequence[int]) -> Verdict:
    points = transformed(definition, raw)
    coverage = covered(definition, raw)
    pulls, total = _pulls(definition, points)
    if coverage < Decimal(str(definition.coverage_floor)) or not total:
        nothing = (None,) * len(points)
        return Verdict(None, "unknown", coverage, NO_DATA, points, nothing, nothing)
    score = 0.0
    for group_pull, group_sum in _group_sums(definition, points):
        score += (group_pull or 0.0) * group_sum
    score = score / total / 100
    if definition.stretch != 1:
        score = MIDDLE + definition.stretch * (score - MIDDLE)
    offsets = [None if p is None or k is None else k * (p - t) for p, k, t in zip(points, pulls, typical, strict=True)]
    together = sum(offset for offset in offsets if offset is not None)
    computed = _rounded(min(max(score, 0.0), 100.0), 2)
    limited, exception = _excepted(definition, raw, computed)
    return Verdict(
        score=limited,
        band=band(definition, limited),
        coverage=coverage,
        reason=exception.measure if exception else _reason(definition, offsets, together),
        points=points,
        weights=tuple(None if pull is None else pull / total for pull in pulls),
        effects=tuple(None if offset is None else definition.stretch * offset / total / 100 for offset in offsets),
        computed=computed,
        exception=exception,
        summed=_rounded(score, 2),
    )


def _excepted(definition: Definition, raw: Raw, computed: Decimal) -> tuple[Decimal, ScoreException | None]:
    """The score after the first exception that applies; None for one that changes nothing."""
    values = dict(zip((measure.key for measure in definition.measures), _known(raw), strict=True))
    first = next((each for each in definition.exceptions if each.applies(values[each.measure])), None)
    if first is None or first.limited(computed) == computed:
        return computed, None
    return first.limited(computed), first


def _known(raw: Raw) -> Raw:
    """The raw values; what is no finite number is no data."""
    return [value if value is not None and isfinite(value) else None for value in raw]


def _points(measure: Measure, raw: float | None, months: float | None) -> int | None:
    transform = measure.transform
    if raw is not None and isinstance(transform, Tenure):
        transform = transform.at(months or 0)
    if raw is not None and not isinstance(transform, Tenure):
        return transform.points(raw)
    return {"ignore": None, "neutral": NEUTRAL, "worst": 0}[measure.missing]


def _group_sums(definition: Definition, points: Points) -> list[tuple[float | None, float]]:
    """Per group: its weight over the weights present in it (None: no weight is), and the weighted sum of its points."""
    sums: list[tuple[float | None, float]] = []
    for group, weights, inside in _parts(definition, points):
        present, weighted = 0.0, 0.0
        for weight, value in zip(weights, inside, strict=True):
            if value is not None:
                present += weight
                weighted += weight * value
        sums.append((group.weight / present if present else None, weighted))
    return sums


def _parts(definition: Definition, points: Points) -> Iterator[tuple[Group, Sequence[float], Points]]:
    """Each group with the weights and points of its measures; where its best or worst counts, that one weighs 1 and no other has points."""
    values = iter(points)
    for group in definition.groups:
        inside = tuple(islice(values, len(group.measures)))
        weights = [measure.weight for measure in group.measures]
        if group.combine == "mean":
            yield group, weights, inside
        else:
            counts = _that_counts(group, inside)
            yield group, [1.0] * len(inside), tuple(p if place == counts else None for place, p in enumerate(inside))


def _that_counts(group: Group, inside: Points) -> int | None:
    """The place of the measure by which a group counts that has no mean; None without data."""
    known = [
        (p, place)
        for place, (p, m) in enumerate(zip(inside, group.measures, strict=True))
        if p is not None and m.weight > 0
    ]
    extreme = max if group.combine == "best" else min
    best = extreme((p for p, _place in known), default=None)
    return next((place for p, place in known if p == best), None)


def _pulls(definition: Definition, points: Points) -> tuple[list[float | None], float]:
    """What one point of each measure weighs, and what all weights together come to."""
    pulls: list[float | None] = []
    total = 0.0
    parts = zip(_parts(definition, points), _group_sums(definition, points), strict=True)
    for (group, weights, inside), (pull, _sum) in parts:
        total += 0.0 if pull is None else group.weight
        pulls += [
            None if value is None or pull is None else pull * weight
            for weight, value in zip(weights, inside, strict=True)
        ]
    return pulls, total


def _reason(definition: Definition, offsets: Sequence[float | None], together: float) -> str:
    """The measure that pulls furthest in the direction in which the account differs from the typical one."""
    known = [
        (offset, measure.key)
        for offset, measure in zip(offsets, definition.measures, strict=True)
        if offset is not None
    ]
    extreme = min(offset for offset, _ in known) if together <= 0 else max(offset for offset, _ in known)
    return next(key for offset, key in known if offset == extreme)


def _mean(values: Sequence[int]) -> int:
    if len(values) < FEW:
        return NEUTRAL
    return int((Decimal(sum(values)) / len(values)).quantize(Decimal(1), ROUND_HALF_UP))


def _rounded(value: float, decimals: int) -> Decimal:
    """As PostgreSQL rounds a double: to its 15 significant digits first, then half up."""
    return Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
