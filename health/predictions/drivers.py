"""What moves an account's probability away from that of the typical account, in the names of the scorecard's measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from health.engine.definition import Measure
from health.predictions.models import PredictionModel
from health.reasons import label, value_text

SMALLEST = 0.05  # log-odds; what is less moves no probability by more than about one point


@dataclass(frozen=True)
class Driver:
    """One feature's part: `log_odds` > 0 makes leaving likelier. `value` is the account's, `typical` that of the typical account."""

    feature: str
    label: str
    value: str
    typical: str
    log_odds: float

    @property
    def raises(self) -> bool:
        return self.log_odds > 0


def drivers_of(
    model: PredictionModel,
    parts: Sequence[float],
    *,
    measures: Sequence[Measure],
    raw: Sequence[float | None],
    most: int,
) -> tuple[Driver, ...]:
    """The features that move an account furthest, the strongest first; values are those of its verdict, by the measures of its formula, if it has one."""
    known = {measure.key: (measure, value) for measure, value in zip(measures, raw, strict=True)}
    terms = {each["name"]: each for each in model.parameters["encoding"]["features"]}
    strongest = sorted(zip(model.features, parts, strict=True), key=lambda pair: (-abs(pair[1]), pair[0]))[:most]
    found = []
    for feature, part in strongest:
        if abs(part) < SMALLEST:
            break
        measure, value = known.get(feature, (None, None))
        if measure is None:
            found.append(Driver(feature, feature, "", "", part))
        else:
            texts = value_text(measure, value), _typical(terms[feature], measure)
            found.append(Driver(feature, label(measure), *texts, part))
    return tuple(found)


def _typical(terms: Mapping[str, Any], measure: Any) -> str:
    return str(terms["typical"]) if terms["kind"] == "text" else value_text(measure, terms["mean"])
