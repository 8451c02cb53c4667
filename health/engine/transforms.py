"""How a raw value becomes points: hundredths of a point as whole numbers, so that sums are exact in any order."""

from bisect import bisect_right
from dataclasses import dataclass

from health.engine.terms import DefinitionError, Terms, number

FULL = 10_000  # 100 points
NEUTRAL = 5_000


@dataclass(frozen=True)
class Linear:
    """`low` earns 0 points, `high` earns 100, in between in proportion; `low` may be the larger of the two."""

    low: float
    high: float

    def points(self, raw: float) -> int:
        share = (raw - self.low) / (self.high - self.low)
        return round(min(max(share, 0.0), 1.0) * FULL)


@dataclass(frozen=True)
class Step:
    """From each threshold (inclusive) on, its points; `below` under the first one. Points in hundredths."""

    below: int
    steps: tuple[tuple[float, int], ...]

    def points(self, raw: float) -> int:
        index = bisect_right([threshold for threshold, _ in self.steps], raw)
        return self.steps[index - 1][1] if index else self.below


@dataclass(frozen=True)
class Choice:
    """Texts with their points, in hundredths. The raw value is the position in the list; a text not listed is unknown."""

    choices: tuple[tuple[str, int], ...]

    def points(self, raw: float) -> int:
        return self.choices[int(raw)][1]


Transform = Linear | Step | Choice


def read_transform(terms: Terms) -> Transform:
    """A transform from its terms. Raises DefinitionError."""
    kind = terms.one_of("kind", ("linear", "step", "choice"))
    if kind == "linear":
        return _linear(terms)
    return _step(terms) if kind == "step" else _choice(terms)


def _linear(terms: Terms) -> Linear:
    terms.only("kind", "low", "high")
    line = Linear(low=terms.number("low"), high=terms.number("high"))
    if line.low == line.high:
        raise DefinitionError(terms.at("high"), f"is {line.high:g}, the same as low; a line needs two ends.")
    return line


def _step(terms: Terms) -> Step:
    terms.only("kind", "below", "steps")
    steps: list[tuple[float, int]] = []
    for index, (threshold, points) in enumerate(terms.pairs("steps")):
        path = f"{terms.at('steps')}[{index}]"
        steps.append((number(threshold, path), _hundredths(points, path)))
        if index and steps[index - 1][0] >= steps[index][0]:
            raise DefinitionError(path, f"starts at {steps[index][0]:g}; each step has to start above the one before.")
    return Step(below=_hundredths(terms.number("below", low=0, high=100), terms.at("below")), steps=tuple(steps))


def _choice(terms: Terms) -> Choice:
    terms.only("kind", "choices")
    choices: list[tuple[str, int]] = []
    for index, (text, points) in enumerate(terms.pairs("choices")):
        path = f"{terms.at('choices')}[{index}]"
        if not isinstance(text, str) or not text or "\x00" in text:
            raise DefinitionError(path, "has to begin with the text it stands for.")
        if any(text == known for known, _ in choices):
            raise DefinitionError(path, f"names “{text}” a second time.")
        choices.append((text, _hundredths(points, path)))
    return Choice(tuple(choices))


def _hundredths(points: object, path: str) -> int:
    return round(number(points, path, low=0, high=100) * 100)
