"""Splits money so that the parts add up to the cent."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

CENT = Decimal("0.01")


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Divide `amount` (whole cents, not negative) in proportion to `weights` (not negative, at least one).

    Each part is rounded down to the cent; what is left goes cent by cent to the largest remainders, earlier parts first
    (Hamilton's method). Weights that are all zero count as equal. The parts always add up to `amount`.
    """
    total = sum(weights, Decimal(0))
    if total == 0:
        weights, total = [Decimal(1)] * len(weights), Decimal(len(weights))
    exact = [amount * weight / total for weight in weights]
    parts = [share.quantize(CENT, rounding=ROUND_FLOOR) for share in exact]
    left = int((amount - sum(parts, Decimal(0))) / CENT)
    by_remainder = sorted(range(len(parts)), key=lambda position: (parts[position] - exact[position], position))
    for position in by_remainder[:left]:
        parts[position] += CENT
    return parts
