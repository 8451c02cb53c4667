"""Reads a rule written as JSON into terms that are known to be sound, and says where it is wrong."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cshub.kernel.sentences import gettext_noop
from health.engine.terms import DefinitionError
from health.segments.engine.fields import CUSTOM, WITHOUT_VALUE, Catalog, Field
from health.segments.engine.values import Value, at, days_of, number, one_of, only, plain, shown, value_of

DEEPEST = 8
MOST_NODES = 200
MOST_EXPANDED = 1_000  # with the rules of the segments it names


class Circular(DefinitionError):
    """A segment that comes back to itself by way of others."""


@dataclass(frozen=True)
class Group:
    """Every part holds (all), one of them (any), or the one part does not (not)."""

    joins: Literal["all", "any", "not"]
    parts: tuple["Rule", ...]


@dataclass(frozen=True)
class Condition:
    """A field compared with a value; the value's type follows from the field's kind and the operator."""

    field: Field
    operator: str
    value: Value = None


@dataclass(frozen=True)
class Performed:
    """The sum of a metric over the last `days` days, today included, is at least (or below) `times`."""

    metric: str
    operator: Literal["at_least", "less_than"]
    times: float
    days: int


@dataclass(frozen=True)
class LastPerformed:
    """A metric was last above zero within the last `days` days, or before them; who never did it meets neither."""

    metric: str
    operator: Literal["in_last_days", "more_than_days_ago"]
    days: int


@dataclass(frozen=True)
class Trend:
    """A metric's sum over the last `days` days rose or fell by at least `percent` against the days before; nothing before meets neither."""

    metric: str
    operator: Literal["rose_by", "fell_by"]
    percent: float
    days: int


@dataclass(frozen=True)
class Member:
    """The account meets the rule of another segment, as it reads now."""

    segment: str
    rule: "Rule"


Rule = Group | Condition | Performed | LastPerformed | Trend | Member
TERMS = ("all", "any", "not", "field", "performed", "last_performed", "trend", "segment")


def parse(document: Any, catalog: Catalog, *, own_id: str = "") -> Rule:
    """The rule in `document`. Raises DefinitionError naming the path of the first fault.

    `own_id` is the segment the rule belongs to: a rule that comes back to it by way of others is refused.
    """
    _refuse_runaway(document)
    return _Reader(catalog).rule(document, "", (own_id,) if own_id else ())


def written(rule: Rule) -> dict[str, Any]:
    """The rule as JSON; `parse(written(rule))` is the same rule."""
    match rule:
        case Group("not", (part,)):
            return {"not": written(part)}
        case Group(joins, parts):
            return {joins: [written(part) for part in parts]}
        case Condition(field, operator, value):
            named = {"field": field.key, "op": operator}
            return named if operator in WITHOUT_VALUE else {**named, "value": plain(value)}
        case Performed(metric, operator, times, days):
            return {"performed": metric, "op": operator, "times": times, "days": days}
        case LastPerformed(metric, operator, days):
            return {"last_performed": metric, "op": operator, "days": days}
        case Trend(metric, operator, percent, days):
            return {"trend": metric, "op": operator, "percent": percent, "days": days}
        case Member(segment):
            return {"segment": segment}


def canonical_hash(document: Any) -> str:
    """SHA-256 of the rule as written, independent of spacing and the order of names."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def segments_named(document: Any) -> Iterator[str]:
    """Ids of the segments that a rule as written names itself."""
    if isinstance(document, Mapping):
        if isinstance(named := document.get("segment"), str):
            yield named
        for joins in ("all", "any"):
            for part in document.get(joins) or ():
                yield from segments_named(part)
        yield from segments_named(document.get("not"))


def _refuse_runaway(document: Any) -> None:
    """Count before anything is read, without recursion: a hostile document must not exhaust the stack."""
    waiting: list[tuple[Any, int]] = [(document, 1)]
    count = 0
    while waiting:
        node, depth = waiting.pop()
        count += isinstance(node, dict)
        if depth > DEEPEST:
            raise DefinitionError(
                "", gettext_noop("nests deeper than %(most)s groups; take it apart into segments."), most=DEEPEST
            )
        if count > MOST_NODES:
            raise DefinitionError(
                "", gettext_noop("has more than %(most)s terms; take it apart into segments."), most=MOST_NODES
            )
        if isinstance(node, dict):
            for joins in ("all", "any", "not"):
                parts = node.get(joins)
                waiting += [(part, depth + 1) for part in (parts if isinstance(parts, list) else [parts]) if part]


class _Reader:
    """Reads terms; counts those of other segments too, so that many small rules cannot add up to an endless one."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._count = 0

    def rule(self, node: Any, path: str, inside: tuple[str, ...]) -> Rule:
        self._count += 1
        if self._count > MOST_EXPANDED:
            raise DefinitionError(
                path, gettext_noop("comes to more than %(most)s terms with the segments it names."), most=MOST_EXPANDED
            )
        if not isinstance(node, dict):
            raise DefinitionError(path, gettext_noop("has to be an object, not %(value)s."), value=shown(node))
        named = [term for term in TERMS if term in node]
        if len(named) != 1:
            raise DefinitionError(path, gettext_noop("has to hold exactly one of %(known)s."), known=", ".join(TERMS))
        if named[0] in ("all", "any", "not"):
            return self._group(named[0], node, path, inside)
        if named[0] == "segment":
            return self._member(node, path, inside)
        read: Callable[[dict[str, Any], str], Rule] = getattr(self, f"_{named[0]}")
        return read(node, path)

    def _group(self, joins: Any, node: dict[str, Any], path: str, inside: tuple[str, ...]) -> Group:
        only(node, path, joins)
        if joins == "not":
            return Group("not", (self.rule(node["not"], at(path, "not"), inside),))
        parts = node[joins]
        if not isinstance(parts, list) or not parts:
            raise DefinitionError(at(path, joins), gettext_noop("has to be a list with at least one entry."))
        return Group(
            joins, tuple(self.rule(part, f"{at(path, joins)}[{place}]", inside) for place, part in enumerate(parts))
        )

    def _member(self, node: dict[str, Any], path: str, inside: tuple[str, ...]) -> Member:
        only(node, path, "segment")
        here, known = at(path, "segment"), self._catalog.segments or {}
        named = node["segment"]
        if not isinstance(named, str) or named not in known:
            raise DefinitionError(
                here, gettext_noop("is %(value)s, which is no segment in use. Choose one that is."), value=shown(named)
            )
        if named in inside:
            names = self._catalog.names or {}
            way = " → ".join(names.get(each, each) for each in (*inside[inside.index(named) :], named))
            raise Circular(here, gettext_noop("leads in a circle: %(way)s. Take one of them out."), way=way)
        if len(inside) >= DEEPEST:
            raise DefinitionError(
                here, gettext_noop("names segments that name segments more than %(most)s deep."), most=DEEPEST
            )
        try:
            return Member(named, self.rule(known[named], "", (*inside, named)))
        except Circular as error:
            raise Circular(here, error.sentence, **error.facts) from error
        except DefinitionError as error:
            name = (self._catalog.names or {}).get(named, named)
            raise DefinitionError(
                here, gettext_noop("names “%(name)s”, whose own rule is wrong: %(within)s"), name=name, within=error
            ) from error

    def _field(self, node: dict[str, Any], path: str) -> Condition:
        only(node, path, "field", "op", "value")
        field = self._known_field(node["field"], at(path, "field"))
        operator = node.get("op")
        if not isinstance(operator, str) or operator not in field.operators:
            raise DefinitionError(
                at(path, "op"),
                gettext_noop("is %(value)s; %(key)s can be asked %(known)s."),
                value=shown(operator),
                key=field.key,
                known=", ".join(field.operators),
            )
        if operator in WITHOUT_VALUE:
            if node.get("value") is not None:
                raise DefinitionError(
                    at(path, "value"),
                    gettext_noop("has no place beside “%(operator)s”; leave it out."),
                    operator=operator,
                )
            return Condition(field, operator)
        if "value" not in node:
            raise DefinitionError(at(path, "value"), gettext_noop("is missing."))
        return Condition(field, operator, value_of(field, operator, node["value"], at(path, "value")))

    def _performed(self, node: dict[str, Any], path: str) -> Performed:
        only(node, path, "performed", "op", "times", "days")
        operator: Any = one_of(node.get("op", "at_least"), ("at_least", "less_than"), at(path, "op"))
        times = number(node.get("times", 1), at(path, "times"), low=0)
        return Performed(self._metric(node["performed"], at(path, "performed")), operator, times, days_of(node, path))

    def _last_performed(self, node: dict[str, Any], path: str) -> LastPerformed:
        only(node, path, "last_performed", "op", "days")
        operator: Any = one_of(node.get("op"), ("in_last_days", "more_than_days_ago"), at(path, "op"))
        return LastPerformed(
            self._metric(node["last_performed"], at(path, "last_performed")), operator, days_of(node, path)
        )

    def _trend(self, node: dict[str, Any], path: str) -> Trend:
        only(node, path, "trend", "op", "percent", "days")
        operator: Any = one_of(node.get("op"), ("rose_by", "fell_by"), at(path, "op"))
        most = 100.0 if operator == "fell_by" else 1e6
        percent = number(node.get("percent"), at(path, "percent"), low=0.01, high=most)
        return Trend(self._metric(node["trend"], at(path, "trend")), operator, percent, days_of(node, path))

    def _known_field(self, key: Any, path: str) -> Field:
        if isinstance(key, str) and key in self._catalog.fields:
            return self._catalog.fields[key]
        if isinstance(key, str) and key.removeprefix(CUSTOM) in self._catalog.retired and key.startswith(CUSTOM):
            raise DefinitionError(
                path,
                gettext_noop("is %(value)s, a field that was archived. Take the rule out or bring the field back."),
                value=shown(key),
            )
        raise DefinitionError(path, gettext_noop("is %(value)s, which is no field of accounts."), value=shown(key))

    def _metric(self, key: Any, path: str) -> str:
        if not isinstance(key, str) or key not in self._catalog.metrics:
            raise DefinitionError(
                path,
                gettext_noop("is %(value)s, which nobody counts. Choose a metric that is recorded."),
                value=shown(key),
            )
        return key
