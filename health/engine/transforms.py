"""How a raw value becomes points: hundredths of a point as whole numbers, so that sums are exact in any order."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

from cshub.kernel.sentences import gettext_noop
from health.engine.terms import DefinitionError, Terms, number

FULL = 10_000  # 100 points
NEUTRAL = 5_000
Peers = Literal["segment", "all"]
Better = Literal["higher", "lower"]
PEERS: tuple[Peers, ...] = ("segment", "all")
BETTER: tuple[Better, ...] = ("higher", "lower")


@dataclass(frozen=True)
class Linear:
    """`low` earns 0 points, `high` earns 100, in between in proportion; `low` may be the larger of the two."""

    low: float
    high: float

    def points(self, raw: float) -> int:
        share = (raw - self.low) / (self.high - self.low)
        return round(min(max(share, 0.0), 1.0) * FULL)


@dataclass(frozen=True)
class Bounded:
    """A line between `low` and `high` (both included); beyond them nothing is said about the account, and it earns `outside`, in hundredths."""

    low: float
    high: float
    outside: int

    def points(self, raw: float) -> int:
        inside = min(self.low, self.high) <= raw <= max(self.low, self.high)
        return Linear(self.low, self.high).points(raw) if inside else self.outside


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


@dataclass(frozen=True)
class Percentile:
    """The share of the peers an account does better than, 0 to 1 as health.engine.peers has it; all of them earn 100 points."""

    peers: Peers
    better: Better

    def points(self, raw: float) -> int:
        return round(min(max(raw, 0.0), 1.0) * FULL)


@dataclass(frozen=True)
class Tenure:
    """Steps that change with the months since the account became a customer; each table counts from its month on, the first from 0."""

    tables: tuple[tuple[float, Step], ...]

    def at(self, months: float) -> Step:
        """The steps for an account that has been a customer for so many months."""
        return self.tables[max(bisect_right([start for start, _ in self.tables], months) - 1, 0)][1]


Transform = Linear | Bounded | Step | Choice | Percentile | Tenure


def read_transform(terms: Terms) -> Transform:
    """A transform from its terms. Raises DefinitionError."""
    match terms.one_of("kind", ("linear", "bounded", "step", "choice", "percentile", "tenure")):
        case "linear":
            terms.only("kind", "low", "high")
            return _linear(terms)
        case "bounded":
            return _bounded(terms)
        case "step":
            terms.only("kind", "below", "steps")
            return _step(terms)
        case "choice":
            return _choice(terms)
        case "percentile":
            return _percentile(terms)
        case _:
            return _tenure(terms)


def _linear(terms: Terms) -> Linear:
    line = Linear(low=terms.number("low"), high=terms.number("high"))
    if line.low == line.high:
        raise DefinitionError(
            terms.at("high"),
            gettext_noop("is %(high)s, the same as low; a line needs two ends."),
            high=f"{line.high:g}",
        )
    return line


def _bounded(terms: Terms) -> Bounded:
    terms.only("kind", "low", "high", "outside")
    line = _linear(terms)
    outside = terms.number("outside", low=0, high=100, default=NEUTRAL / 100)
    return Bounded(low=line.low, high=line.high, outside=_hundredths(outside, terms.at("outside")))


def _step(terms: Terms) -> Step:
    steps: list[tuple[float, int]] = []
    for index, (threshold, points) in enumerate(terms.pairs("steps")):
        path = f"{terms.at('steps')}[{index}]"
        steps.append((number(threshold, f"{path}[0]"), _hundredths(points, f"{path}[1]")))
        if index and steps[index - 1][0] >= steps[index][0]:
            raise DefinitionError(
                f"{path}[0]",
                gettext_noop("starts at %(start)s; each step has to start above the one before."),
                start=f"{steps[index][0]:g}",
            )
    return Step(below=_hundredths(terms.number("below", low=0, high=100), terms.at("below")), steps=tuple(steps))


def _choice(terms: Terms) -> Choice:
    terms.only("kind", "choices")
    choices: list[tuple[str, int]] = []
    for index, (text, points) in enumerate(terms.pairs("choices")):
        path = f"{terms.at('choices')}[{index}]"
        if not isinstance(text, str) or not text or "\x00" in text:
            raise DefinitionError(f"{path}[0]", gettext_noop("has to begin with the text it stands for."))
        if any(text == known for known, _ in choices):
            raise DefinitionError(f"{path}[0]", gettext_noop("names “%(text)s” a second time."), text=text)
        choices.append((text, _hundredths(points, f"{path}[1]")))
    return Choice(tuple(choices))


def _percentile(terms: Terms) -> Percentile:
    terms.only("kind", "peers", "better")
    return Percentile(
        peers=terms.one_of("peers", PEERS, default="segment"), better=terms.one_of("better", BETTER, default="higher")
    )


def _tenure(terms: Terms) -> Tenure:
    terms.only("kind", "tables")
    tables: list[tuple[float, Step]] = []
    for table in terms.items("tables"):
        table.only("from_month", "below", "steps")
        start = table.number("from_month", low=0, high=1200)
        if not tables and start:
            raise DefinitionError(
                table.at("from_month"),
                gettext_noop("is %(start)s; the first table has to start at month 0."),
                start=f"{start:g}",
            )
        if tables and start <= tables[-1][0]:
            raise DefinitionError(
                table.at("from_month"),
                gettext_noop("is %(start)s; each table has to start after the one before."),
                start=f"{start:g}",
            )
        tables.append((start, _step(table)))
    return Tenure(tuple(tables))


def _hundredths(points: object, path: str) -> int:
    return round(number(points, path, low=0, high=100) * 100)
