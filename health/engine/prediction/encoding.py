"""Features as numbers a regression can weigh, centered so that the typical account is zero everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from health.engine.prediction.reasons import cannot
from health.engine.prediction.snapshots import Floats, Values

FEWEST_OF_A_LEVEL = 20  # rarer texts share one weight, and so do rarer gaps with the typical account
BENDS = (1 / 3, 2 / 3)
OTHER = "other"
NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Numeric:
    """Standardized by `mean` and `scale`, cut off at what was seen (`low`, `high`); the slope may change at the `knots`.

    `gap` is whether a missing value has a weight of its own; otherwise it counts as typical.
    """

    name: str
    mean: float
    scale: float
    low: float
    high: float
    knots: tuple[float, ...] = ()
    gap: bool = False

    @property
    def width(self) -> int:
        return 1 + len(self.knots) + self.gap

    @property
    def typical(self) -> str:
        return f"{self.mean:.6g}"

    def cells(self, values: Values) -> Floats:
        """(n, width); NaN where the value is not known, but for the gap's own column."""
        plain = np.clip(np.asarray(values, dtype=float), self.low, self.high)
        slopes = [(plain - self.mean) / self.scale, *(np.maximum(plain - knot, 0) / self.scale for knot in self.knots)]
        gaps = [np.isnan(plain).astype(float)] if self.gap else []
        return np.column_stack([*slopes, *gaps])


@dataclass(frozen=True, slots=True)
class Text:
    """One weight for each of the `levels`; rare ones share OTHER, gaps are NOT_KNOWN. `typical` is the most frequent one."""

    name: str
    levels: tuple[str, ...]
    typical: str

    @property
    def width(self) -> int:
        return len(self.levels)

    def cells(self, values: Values) -> Floats:
        """(n, width) of 0 and 1; NaN where the text was not seen in training and there is no OTHER."""
        numbers = {level: number for number, level in enumerate(self.levels)}
        other = numbers.get(OTHER, -1)
        found = [numbers.get(NOT_KNOWN, -1) if value is None else numbers.get(value, other) for value in values]
        table = np.vstack([np.eye(self.width), np.full(self.width, np.nan)])
        return np.asarray(table[np.array(found, dtype=int)])


@dataclass(frozen=True, slots=True)
class Encoding:
    """How features become a design; `center` (k) holds the mean of each of its columns over the training rows."""

    features: tuple[Numeric | Text, ...]
    center: Floats

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.features)

    def design(self, columns: Mapping[str, Values]) -> Floats:
        """(n, k), centered; a value that is not known or was never seen is 0, that is typical. Raises CannotPredict."""
        for name in self.names:
            if name not in columns:
                raise cannot("missing_feature", feature=name)
        cells = np.column_stack([feature.cells(columns[feature.name]) for feature in self.features])
        return np.asarray(np.nan_to_num(cells - self.center, nan=0.0))

    def by_feature(self, products: Floats) -> Floats:
        """(n, number of features): the columns (n, k) of each feature added up."""
        starts = np.cumsum([0, *(feature.width for feature in self.features)])[:-1]
        return np.asarray(np.add.reduceat(products, starts, axis=1))

    def document(self) -> dict[str, Any]:
        """Everything, as JSON can keep it."""
        fields = [
            {"kind": type(feature).__name__.lower()} | {name: getattr(feature, name) for name in feature.__slots__}
            for feature in self.features
        ]
        return {"features": fields, "center": self.center.tolist()}


def learn_encoding(columns: Mapping[str, Values], *, bent: bool) -> Encoding:
    """Learn means, levels and gaps from these rows alone; features that are the same everywhere are left out.

    With `bent` the slope of a number may change at a third and two thirds of its distribution. Raises CannotPredict.
    """
    learned = [
        _text(name, values) if values.dtype == object else _numeric(name, values, bent)
        for name, values in columns.items()
    ]
    features = tuple(feature for feature in learned if feature is not None)
    if not features:
        raise cannot("no_features")
    cells = np.column_stack([feature.cells(columns[feature.name]) for feature in features])
    return Encoding(features, np.nanmean(cells, axis=0))


def read_encoding(document: Mapping[str, Any]) -> Encoding:
    """The inverse of `Encoding.document`."""
    return Encoding(tuple(_feature(terms) for terms in document["features"]), np.array(document["center"], dtype=float))


def _feature(terms: Mapping[str, Any]) -> Numeric | Text:
    if terms["kind"] == "text":
        return Text(terms["name"], tuple(terms["levels"]), terms["typical"])
    numbers = {name: float(terms[name]) for name in ("mean", "scale", "low", "high")}
    return Numeric(terms["name"], **numbers, knots=tuple(terms["knots"]), gap=bool(terms["gap"]))


def _numeric(name: str, values: Values, bent: bool) -> Numeric | None:
    numbers = np.asarray(values, dtype=float)
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return None
    gap = len(numbers) - len(known) >= FEWEST_OF_A_LEVEL
    low, high, scale = float(known.min()), float(known.max()), float(known.std())
    if low == high:
        return Numeric(name, low, 1.0, low, high, (), gap) if gap else None
    knots = np.unique(np.quantile(known, BENDS)) if bent else np.array([])
    inside = tuple(float(knot) for knot in knots if low < knot < high)
    return Numeric(name, float(known.mean()), scale, low, high, inside, gap)


def _text(name: str, values: Values) -> Text | None:
    counts = Counter(NOT_KNOWN if value is None else value for value in values)
    levels = sorted(level for level, count in counts.items() if count >= FEWEST_OF_A_LEVEL)
    rest = sum(count for level, count in counts.items() if level not in levels)
    pooled = [OTHER] if rest >= FEWEST_OF_A_LEVEL and OTHER not in levels else []
    if len(levels) + len(pooled) < 2 or (pooled and not levels):
        return None
    return Text(name, (*levels, *pooled), max(levels, key=lambda level: (counts[level], level)))
