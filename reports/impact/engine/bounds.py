"""How much a running trial may be looked at: critical values that keep false claims at 5% over all looks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import inf, sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from reports.impact.engine.rows import Floats

GRID = 601
FARTHEST = 8.0
LEAST_SPENT = 1e-15


@lru_cache(maxsize=256)
def critical_values(information: tuple[float, ...], alpha: float = 0.05) -> tuple[float, ...]:
    """Two-sided critical value of each look, in standard errors.

    `information` holds the share of all planned renewals that are due by each look, in rising order up to 1.
    A look that adds nothing gets infinity: it decides nothing. Each side spends half of `alpha` as
    2 - 2*Phi(z/sqrt(t)) (O'Brien-Fleming type). Source: Lan & DeMets, Biometrika 70 (1983) 659-663; the numerical
    integration of Armitage, McPherson & Rowe, JRSS A 132 (1969) 235-244.
    Raises ValueError when the shares fall or leave 0 to 1.
    """
    _check(information)
    values: list[float] = []
    past, spent, reached = _Paths.start(), 0.0, 0.0
    for share in information:
        step = share - reached
        allowed = spending(share, alpha) - spent
        if step <= 0 or allowed < LEAST_SPENT:
            values.append(inf)
            continue
        edge = past.edge(step, allowed, FARTHEST * sqrt(share))
        values.append(edge / sqrt(share))
        past, spent, reached = past.inside(step, edge), spent + allowed, share
    return tuple(values)


def spending(share: float, alpha: float = 0.05) -> float:
    """Chance of a false claim on one side that is allowed by the time this share of the information is in."""
    return 0.0 if share <= 0 else float(2 * ndtr(ndtri(alpha / 4) / sqrt(share)))


class _Paths:
    """Density, over a grid of scores, of the trials that have not crossed a bound yet."""

    def __init__(self, points: Floats, mass: Floats) -> None:
        self.points = points
        self.mass = mass

    @classmethod
    def start(cls) -> _Paths:
        return cls(np.zeros(1), np.ones(1))

    def edge(self, step: float, allowed: float, farthest: float) -> float:
        """The score above which exactly the allowed chance lies after another `step` of information."""

        from scipy.optimize import brentq  # imported late: no page needs it

        def excess(score: float) -> float:
            return float((self.mass * ndtr((self.points - score) / sqrt(step))).sum()) - allowed

        return farthest if excess(farthest) > 0 else float(brentq(excess, 0.0, farthest, xtol=1e-10))

    def inside(self, step: float, edge: float) -> _Paths:
        """The trials that go on: those within the edges after the step."""
        points = np.linspace(-edge, edge, GRID)
        weights = np.ones(GRID)
        weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
        gaps = (points[:, None] - self.points[None, :]) / sqrt(step)
        density = (np.exp(-0.5 * np.square(gaps)) * self.mass).sum(axis=1) / sqrt(2 * np.pi * step)
        return _Paths(points, density * weights * (points[1] - points[0]) / 3)


def _check(information: Sequence[float]) -> None:
    if any(not 0 <= share <= 1 for share in information) or list(information) != sorted(information):
        raise ValueError(f"information is {list(information)}; give shares between 0 and 1 in rising order.")
