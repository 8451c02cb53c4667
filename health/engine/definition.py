"""Reads a scorecard's definition and refuses what makes no sense, naming the term."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cshub.kernel.sentences import gettext_noop
from health.engine.exceptions import ScoreException, read_exceptions
from health.engine.sources import ATTRIBUTE, SOURCES, split
from health.engine.terms import DefinitionError, Terms, weights_add_up
from health.engine.transforms import Choice, Linear, Step, Tenure, Transform, read_transform

Missing = Literal["ignore", "neutral", "worst"]
POLICIES: tuple[Missing, ...] = ("ignore", "neutral", "worst")
Combine = Literal["mean", "best", "worst"]
COMBINATIONS: tuple[Combine, ...] = ("mean", "best", "worst")
MOST_STRETCH = 20
MOST_MEASURES = 60
LONGEST_WINDOW = 1_100
TENURE = "tenure_months"
LAST_PLACE = 1_000


@dataclass(frozen=True)
class Measure:
    """One input of health. `weight` counts inside its group; `window` is in days."""

    key: str
    label: str
    source: str
    window: int
    transform: Transform
    weight: float
    missing: Missing
    metric: str = ""
    seats: str = ""

    @property
    def kind(self) -> str:
        return split(self.source)[0]

    @property
    def subject(self) -> str:
        return split(self.source)[1]


@dataclass(frozen=True)
class Group:
    """Measures that speak about one thing. `weight` counts between groups.

    `combine` says what the group earns: the weighted mean of its measures, or the points of the best or worst one alone. Of those
    the first in order is taken where several are equal, and one that weighs nothing never is.
    """

    key: str
    name: str
    weight: float
    measures: tuple[Measure, ...]
    combine: Combine = "mean"


@dataclass(frozen=True)
class Bands:
    """A score of at least `good` is healthy, at least `watch` is to be watched, below that is at risk."""

    good: float
    watch: float


@dataclass(frozen=True)
class Scope:
    """Whom a formula scores: the accounts that meet `rule` (the grammar of segments) and no scope with a lower `place`."""

    place: int
    rule: Mapping[str, Any]


@dataclass(frozen=True)
class Definition:
    """A whole formula. `coverage_floor` (0-1) is the share of the weights that needs data before there is a score.

    Without a `scope` it scores every account that no scope takes. `stretch` multiplies how far the sum lies from the middle of the
    scale, 50; what then lies beyond an end of the scale is cut off there. It is how a sum of impacts is written down: impacts of up to
    a points each, together S, are weights a and a stretch of S / 50.
    """

    name: str
    groups: tuple[Group, ...]
    bands: Bands
    coverage_floor: float
    exceptions: tuple[ScoreException, ...] = ()
    scope: Scope | None = None
    stretch: float = 1.0

    @property
    def measures(self) -> tuple[Measure, ...]:
        return tuple(measure for group in self.groups for measure in group.measures)

    @property
    def tenure_index(self) -> int | None:
        """Where the months as a customer stand among the raw values; None where they are not measured."""
        return next((index for index, measure in enumerate(self.measures) if _tells_tenure(measure)), None)

    def measure(self, key: str) -> Measure:
        """The measure with that key. Raises KeyError."""
        return next((measure for measure in self.measures if measure.key == key), None) or _unknown(key)


def parse(document: Any) -> Definition:
    """A definition from JSON. Raises DefinitionError whose `path` names the term, as in groups[0].measures[2].weight."""
    terms = Terms(document, "")
    terms.only("name", "groups", "bands", "coverage_floor", "exceptions", "scope", "stretch")
    groups = tuple(_group(item) for item in terms.items("groups"))
    measures = [measure for group in groups for measure in group.measures]
    if len(measures) > MOST_MEASURES:
        raise DefinitionError(
            "groups",
            gettext_noop("has %(count)s measures; the most is %(most)s."),
            count=len(measures),
            most=MOST_MEASURES,
        )
    weights_add_up("groups", [group.weight for group in groups])
    _no_twins("groups", [group.key for group in groups])
    _no_twins("groups", [measure.key for measure in measures])
    if any(isinstance(measure.transform, Tenure) for measure in measures) and not _has_tenure(measures):
        raise DefinitionError(
            "groups",
            gettext_noop(
                "have steps by tenure and no measure with the source %(source)s; add one, with weight 0 if need be."
            ),
            source=TENURE,
        )
    return Definition(
        name=terms.text("name"),
        groups=groups,
        bands=_bands(terms.part("bands", {"good": 70, "watch": 45})),
        coverage_floor=terms.number("coverage_floor", low=0, high=1, default=0.5),
        exceptions=read_exceptions(
            terms, [measure.key for measure in measures if not isinstance(measure.transform, Choice)]
        ),
        scope=_scope(terms.part("scope"), document["scope"]) if terms.has("scope") else None,
        stretch=terms.number("stretch", low=0.01, high=MOST_STRETCH, default=1.0),
    )


def canonical_hash(document: Any) -> str:
    """SHA-256 over the definition with sorted keys: the same formula has the same hash, however it was typed."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _group(terms: Terms) -> Group:
    terms.only("key", "name", "weight", "measures", "combine")
    measures = tuple(_measure(item) for item in terms.items("measures"))
    weights_add_up(terms.at("measures"), [measure.weight for measure in measures])
    return Group(
        key=terms.key("key"),
        name=terms.text("name"),
        weight=terms.number("weight", low=0, high=1_000_000),
        measures=measures,
        combine=terms.one_of("combine", COMBINATIONS, default="mean"),
    )


def _measure(terms: Terms) -> Measure:
    terms.only("key", "label", "source", "window", "transform", "weight", "missing", "metric", "seats")
    source = terms.text("source")
    kind, subject = split(source)
    if kind not in SOURCES or (kind == ATTRIBUTE) != bool(subject):
        raise DefinitionError(
            terms.at("source"),
            gettext_noop("“%(source)s” is not a source; use one of %(known)s (attribute:<key>)."),
            source=source,
            known=", ".join(SOURCES),
        )
    for option in {"metric", "seats"} - set(SOURCES[kind].options):
        if terms.text(option, default=""):
            raise DefinitionError(
                terms.at(option), gettext_noop("means nothing to the source %(kind)s; leave it out."), kind=kind
            )
    if SOURCES[kind].needs_metric and not terms.text("metric", default=""):
        raise DefinitionError(
            terms.at("metric"), gettext_noop("is missing; %(kind)s reads one metric, give its key."), kind=kind
        )
    transform = read_transform(terms.part("transform"))
    if isinstance(transform, Choice) and kind != ATTRIBUTE:
        raise DefinitionError(
            terms.at("transform.kind"), gettext_noop("“choice” reads texts, and %(kind)s is a number."), kind=kind
        )
    return Measure(
        key=terms.key("key"),
        label=terms.text("label", default=""),
        source=source,
        window=terms.whole("window", low=1, high=LONGEST_WINDOW, default=SOURCES[kind].window),
        transform=transform,
        weight=terms.number("weight", low=0, high=1_000_000),
        missing=terms.one_of("missing", POLICIES, default="ignore"),
        metric=terms.text("metric", default=""),
        seats=terms.text("seats", default=""),
    )


def _bands(terms: Terms) -> Bands:
    terms.only("good", "watch")
    bands = Bands(good=terms.number("good", low=0, high=100), watch=terms.number("watch", low=0, high=100))
    if bands.watch >= bands.good:
        raise DefinitionError(
            "bands.watch",
            gettext_noop("is %(watch)s; it has to be below good, which is %(good)s."),
            watch=f"{bands.watch:g}",
            good=f"{bands.good:g}",
        )
    return bands


def _scope(terms: Terms, document: Mapping[str, Any]) -> Scope:
    terms.only("place", "rule")
    terms.part("rule")
    return Scope(place=terms.whole("place", low=1, high=LAST_PLACE, default=1), rule=document["rule"])


def _has_tenure(measures: list[Measure]) -> bool:
    return any(_tells_tenure(measure) for measure in measures)


def _tells_tenure(measure: Measure) -> bool:
    """Whether its raw value is the months themselves, no rank."""
    return measure.kind == TENURE and isinstance(measure.transform, Linear | Step)


def _no_twins(path: str, keys: list[str]) -> None:
    twin = next((key for index, key in enumerate(keys) if key in keys[:index]), None)
    if twin is not None:
        raise DefinitionError(
            path, gettext_noop("use the key “%(twin)s” twice; each key stands for one thing."), twin=twin
        )


def _unknown(key: str) -> Measure:
    raise KeyError(key)
