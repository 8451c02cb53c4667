"""What a person's judgment, given for a while, makes of a score."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from health.engine.definition import Definition

BY_HAND = "by hand"  # the reason of a verdict that a person set; no measure can have this key
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Override:
    """Either a score (0-100) or a band; the other is None or empty."""

    id: UUID
    band: str
    score: Decimal | None


def overridden(definition: Definition, score: Decimal | None, override: Override) -> Decimal:
    """The score as set by hand. A band takes the computed score to its nearest end; where none was computed, to the band's middle."""
    if override.score is not None:
        return override.score
    low, middle, high = limits(definition)[override.band]
    return min(max(middle if score is None else score, low), high)


def limits(definition: Definition) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Lowest, middle and highest score of each band that can be set, with two decimals."""
    good, watch = Decimal(str(definition.bands.good)), Decimal(str(definition.bands.watch))
    ends = {"good": (good, Decimal(100)), "watch": (watch, good - HUNDREDTH), "risk": (Decimal(0), watch - HUNDREDTH)}
    return {
        band: (low.quantize(HUNDREDTH), ((low + high) / 2).quantize(HUNDREDTH), max(high, low).quantize(HUNDREDTH))
        for band, (low, high) in ends.items()
    }
