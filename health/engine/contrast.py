"""Which measure is responsible when another formula gives an account another band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from health.engine.definition import Definition
from health.engine.scoring import NO_DATA, Raw, Verdict, band, counted, verdict
from health.engine.transforms import NEUTRAL

LIMITS = "bands"  # the score alone did not do it: the limits of the bands moved
SCOPE = "scope"  # nobody scored the account before, or nobody would


@dataclass(frozen=True)
class Read:
    """One account by one formula: its raw values in the order of the measures."""

    definition: Definition
    raw: Raw


def responsible(before: Read | None, after: Read | None) -> str:
    """The key of the measure whose share of the score changed most in the direction of the score; or LIMITS, NO_DATA, SCOPE.

    The shares of a verdict (weight times points) add up to its computed score, so the differences of the shares add up to the
    difference of the scores. Where an exception limits one of the two scores, its measure is responsible.
    """
    if before is None or after is None:
        return SCOPE
    was, now = _verdict(before), _verdict(after)
    if was.computed is None or now.computed is None or was.score is None or now.score is None:
        return NO_DATA
    if was.exception != now.exception:
        exception = now.exception or was.exception
        return exception.measure if exception else NO_DATA
    if band(after.definition, was.score) == now.band and was.band != now.band:
        return LIMITS
    shares, earlier = _shares(after, now), _shares(before, was)
    differences = {key: shares.get(key, 0.0) - earlier.get(key, 0.0) for key in [*shares, *earlier]}
    direction = 1 if now.score >= was.score else -1
    return max(differences, key=lambda key: differences[key] * direction)


def _verdict(read: Read) -> Verdict:
    return verdict(read.definition, read.raw, [NEUTRAL] * len(read.definition.measures))


def _shares(read: Read, found: Verdict) -> Mapping[str, float]:
    """What each measure adds to the score, in points."""
    return {
        measure.key: float(counted(read.definition, weight, Decimal(points) / 100))
        for measure, weight, points in zip(read.definition.measures, found.weights, found.points, strict=True)
        if weight is not None and points is not None
    }
