"""The renewal-rate difference and its interval, from four counts."""

from __future__ import annotations

from math import sqrt

from scipy.special import ndtri

Z95 = float(ndtri(0.975))


def newcombe(renewed_1: int, total_1: int, renewed_0: int, total_0: int, z: float = Z95) -> tuple[float, float, float]:
    """Difference of two shares (first minus second) with Newcombe's hybrid score interval: (estimate, lo, hi).

    `z` is the critical value, 1.96 for one look at 95%. Totals must be positive.
    Source: R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10.
    """
    share_1, share_0 = renewed_1 / total_1, renewed_0 / total_0
    lo_1, hi_1 = wilson(renewed_1, total_1, z)
    lo_0, hi_0 = wilson(renewed_0, total_0, z)
    estimate = share_1 - share_0
    down = sqrt((share_1 - lo_1) ** 2 + (hi_0 - share_0) ** 2)
    up = sqrt((hi_1 - share_1) ** 2 + (share_0 - lo_0) ** 2)
    return estimate, max(-1.0, estimate - down), min(1.0, estimate + up)


def wilson(renewed: int, total: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of one share. Source: E. B. Wilson, JASA 22 (1927) 209-212."""
    share = renewed / total
    scale = 1 + z * z / total
    center = (share + z * z / (2 * total)) / scale
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / scale
    # At the ends rounding could push a bound past 0 or 1, or past the share itself.
    lo = 0.0 if renewed == 0 else center - half
    hi = 1.0 if renewed == total else center + half
    return lo, hi
