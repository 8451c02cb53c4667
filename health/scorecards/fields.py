"""Shows a definition as the fields of the editor, each fault at the field it is about, and what can be chosen in them."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import CustomField, MetricDefinition
from cshub.l10n.formats import separator
from health.engine.definition import COMBINATIONS, POLICIES
from health.engine.exceptions import OPERATORS as COMPARISONS
from health.engine.sources import ATTRIBUTE, SOURCES, split
from health.engine.transforms import BETTER, PEERS
from health.queries.versions import COMPARED, combined_in_words, missing_in_words
from health.reasons import LABELS
from health.scorecards.editing import CUSTOM_RULE, MOST_STEPS, MOST_TABLES, has_window
from health.segments.models import Segment
from health.segments.words import OPERATORS

KINDS = ("linear", "bounded", "step", "choice", "percentile", "tenure")
Options = list[tuple[str, str]]


@dataclass(frozen=True)
class TableRow:
    """The steps from a month of tenure on: `name` begins the names of its fields, and each of `steps` those of a step."""

    name: str
    month: str
    below: str
    steps: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class MeasureRow:
    """One measure as fields: `name` begins their names, `summary` says it in a line, the rest is as typed."""

    name: str
    summary: str
    values: Mapping[str, str]
    tables: tuple[TableRow, ...]
    has_window: bool
    has_metric: bool
    has_seats: bool
    errors: Mapping[str, str]
    is_open: bool


@dataclass(frozen=True)
class GroupRow:
    """One group as fields."""

    name: str
    place: int
    values: Mapping[str, str]
    measures: tuple[MeasureRow, ...]
    errors: Mapping[str, str]


@dataclass(frozen=True)
class ExceptionRow:
    """One exception as fields."""

    name: str
    place: int
    values: Mapping[str, str]
    errors: Mapping[str, str]


@dataclass(frozen=True)
class Choices:
    """What the selects of the editor offer."""

    sources: Options
    metrics: Options
    seats: Options
    segments: Options
    missing: Options = field(default_factory=lambda: [(each, missing_in_words(each)) for each in POLICIES])
    kinds: Options = field(default_factory=lambda: list(zip(KINDS, _kinds(), strict=True)))
    combine: Options = field(default_factory=lambda: [(each, combined_in_words(each)) for each in COMBINATIONS])
    peers: Options = field(default_factory=lambda: list(zip(PEERS, (_("its segment"), _("all accounts")), strict=True)))
    better: Options = field(
        default_factory=lambda: list(zip(BETTER, (_("higher is better"), _("lower is better")), strict=True))
    )
    comparisons: Options = field(
        default_factory=lambda: [(each, str(OPERATORS[COMPARED[each]])) for each in COMPARISONS]
    )


def rows_of(document: Mapping[str, Any], path: str, problem: str, unfolded: Container[str] = ()) -> dict[str, Any]:
    """The fields that say a definition, each fault at the field it is about; `above` holds what belongs to none of them.

    Measures named in `unfolded`, and those with a fault, show their fields; the others a line.
    """
    place, name = _field_at(path)
    at = {place: {name: problem}} if problem else {}
    groups = [_group_row(group, number, at, unfolded) for number, group in enumerate(document.get("groups", []))]
    exceptions = [_exception_row(each, number, at) for number, each in enumerate(document.get("exceptions", []))]
    bands, scope = document.get("bands", {}), document.get("scope")
    segment = scope["rule"].get("segment") if scope and set(scope["rule"]) == {"segment"} else None
    own = {
        "name": document.get("name", ""),
        "floor": _shown_share(document.get("coverage_floor", 0.5)),
        "good": _shown(bands.get("good")),
        "watch": _shown(bands.get("watch")),
        "stretch": _shown(document.get("stretch", 1)),
        "scope": segment or (CUSTOM_RULE if scope else ""),
        "place": _shown(scope["place"]) if scope else "1",
        "rule": json.dumps(scope["rule"], ensure_ascii=False) if scope else "",
    }
    errors = at.get("", {})
    known = {*own, "scope"}
    above = "" if not problem or place or name in known else problem
    return {"groups": groups, "exceptions": exceptions, "own": own, "errors": errors, "above": above}


def choices_of(document: Mapping[str, Any]) -> Choices:
    """What can be chosen, and what the definition names besides. Three queries."""
    fields = list(
        CustomField.objects.filter(subject=CustomField.Subject.ACCOUNT, archived_at__isnull=True)
        .order_by("label")
        .values_list("key", "label", "kind")
    )
    measures = [measure for group in document.get("groups", []) for measure in group.get("measures", [])]
    named = {f"{ATTRIBUTE}:{key}": label for key, label, _kind in fields}
    for measure in measures:
        kind, subject = split(str(measure.get("source", "")))
        if kind == ATTRIBUTE:
            named.setdefault(f"{kind}:{subject}", measure.get("label") or subject)
    segments = [(str(pk), name) for pk, name in Segment.objects.in_use().order_by("name").values_list("pk", "name")]
    has_rule = bool(document.get("scope")) and set(document["scope"]["rule"]) != {"segment"}
    return Choices(
        sources=[*((kind, str(LABELS[kind])) for kind in SOURCES if kind != ATTRIBUTE), *named.items()],
        metrics=[("", "—"), *MetricDefinition.objects.order_by("name").values_list("key", "name")],
        seats=[("", "—"), *((key, label) for key, label, kind in fields if kind == "number")],
        segments=[("", _("every account that no other scorecard takes")), *segments]
        + ([(CUSTOM_RULE, _("the accounts of the rule as written"))] if has_rule else []),
    )


def _kinds() -> tuple[str, ...]:
    return (_("a line"), _("a line inside bounds"), _("steps"), _("points for each text"), _("a rank among peers"), _("steps that change with tenure"))  # fmt: skip


def _group_row(
    group: Mapping[str, Any], place: int, at: Mapping[str, Mapping[str, str]], unfolded: Container[str]
) -> GroupRow:
    name = f"g{place}"
    measures = tuple(
        _measure_row(measure, f"{name}m{number}", at, unfolded)
        for number, measure in enumerate(group.get("measures", []))
    )
    values = {key: _shown(group.get(key, "")) for key in ("key", "name", "weight")}
    values["combine"] = str(group.get("combine", "mean"))
    return GroupRow(name, place, values, measures, at.get(name, {}))


def _measure_row(
    measure: Mapping[str, Any], name: str, at: Mapping[str, Mapping[str, str]], unfolded: Container[str]
) -> MeasureRow:
    source = str(measure.get("source", ""))
    kind = split(source)[0]
    known = SOURCES.get(kind)
    transform = measure.get("transform", {})
    values = {key: _shown(measure.get(key, "")) for key in ("key", "label", "source", "weight", "metric", "seats")}
    values |= {
        key: _shown(transform.get(key, "")) for key in ("kind", "low", "high", "outside", "below", "peers", "better")
    }
    values["missing"] = str(measure.get("missing", "ignore"))
    values["window"] = _shown(measure.get("window", known.window if known else ""))
    values["text"] = _lines_of(transform)
    options, errors = known.options if known else (), at.get(name, {})
    return MeasureRow(
        name=name,
        summary=_summary(measure, values),
        values=values,
        tables=_tables(name, transform) if transform.get("kind") == "tenure" else (),
        has_window=has_window(source),
        has_metric="metric" in options,
        has_seats="seats" in options,
        errors=errors,
        is_open=bool(errors) or name in unfolded,
    )


def _summary(measure: Mapping[str, Any], values: Mapping[str, str]) -> str:
    kind, subject = split(str(measure.get("source", "")))
    label = _(values["label"]) if values["label"] else str(LABELS.get(kind, subject))
    parts = [label, _("weight %(weight)s") % {"weight": values["weight"]}, dict(zip(KINDS, _kinds(), strict=True)).get(values["kind"], "")]  # fmt: skip
    return separator().join(part for part in parts if part)


def _tables(name: str, transform: Mapping[str, Any]) -> tuple[TableRow, ...]:
    """What there is, with an empty step in each table and an empty table behind the last."""
    given = [*transform.get("tables", []), {"from_month": None if transform.get("tables") else 0, "below": None}]
    rows = []
    for place, table in enumerate(given[:MOST_TABLES]):
        own = f"{name}t{place}"
        pairs = [*table.get("steps", []), (None, None)][:MOST_STEPS]
        steps = tuple((f"{own}s{number}", _shown(first), _shown(points)) for number, (first, points) in enumerate(pairs))  # fmt: skip
        rows.append(TableRow(own, _shown(table.get("from_month")), _shown(table.get("below")), steps))
    return tuple(rows)


def _lines_of(transform: Mapping[str, Any]) -> str:
    pairs = transform.get("steps") or transform.get("choices") or []
    return "\n".join(f"{_shown(first)} = {_shown(points)}" for first, points in pairs)


def _exception_row(exception: Mapping[str, Any], place: int, at: Mapping[str, Mapping[str, str]]) -> ExceptionRow:
    kind = "floor" if "floor" in exception else "cap"
    values = {key: _shown(exception.get(key, "")) for key in ("measure", "op", "value")}
    values |= {"kind": kind, "limit": _shown(exception.get(kind, ""))}
    return ExceptionRow(f"x{place}", place, values, at.get(f"x{place}", {}))


def _field_at(path: str) -> tuple[str, str]:
    """The row and the field of a term: groups[0].measures[2].weight is (g0m2, weight)."""
    rest = path.removeprefix("definition.")
    group = re.match(r"groups\[(\d+)\]\.?", rest)
    if group:
        rest, row = rest[group.end() :], f"g{group[1]}"
        if measure := re.match(r"measures\[(\d+)\]\.?", rest):
            rest, row = rest[measure.end() :], f"{row}m{measure[1]}"
        name = re.split(r"[.\[]", rest.removeprefix("transform."))[0]
        return row, {"steps": "text", "choices": "text", "": "all", "measures": "all"}.get(name, name)
    if exception := re.match(r"exceptions\[(\d+)\]\.?", rest):
        name = rest[exception.end() :]
        return f"x{exception[1]}", {"cap": "limit", "floor": "limit", "": "limit"}.get(name, name)
    if rest.startswith("scope"):
        return "", "place" if rest.endswith("place") else "scope"
    return "", {"coverage_floor": "floor", "bands.good": "good", "bands.watch": "watch"}.get(rest, rest)


def _shown_share(value: Any) -> str:
    return _shown(value * 100) if isinstance(value, int | float) else _shown(value)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return format(value, ".12g") if isinstance(value, float) else str(value)
