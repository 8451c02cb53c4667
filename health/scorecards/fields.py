"""Shows a definition as the fields of the editor, each fault at the field it is about, and what can be chosen in them."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import CustomField, MetricDefinition
from cshub.l10n.formats import percent, separator
from health.engine.definition import COMBINATIONS, POLICIES
from health.engine.exceptions import OPERATORS as COMPARISONS
from health.engine.sources import ATTRIBUTE, SOURCES, split
from health.engine.transforms import BETTER, PEERS
from health.queries.versions import COMPARED, combined_in_words, missing_in_words
from health.reasons import LABELS
from health.scorecards.editing import CUSTOM_RULE, has_window
from health.scorecards.faults import Fault, field_at
from health.scorecards.inputs import shown, shown_share
from health.scorecards.steps import LISTS, StepRow, TableRow, step_rows, table_rows
from health.segments.models import Segment
from health.segments.words import OPERATORS

KINDS = ("linear", "bounded", "step", "choice", "percentile", "tenure")
Options = list[tuple[str, str]]


@dataclass(frozen=True)
class MeasureRow:
    """One measure as fields: `name` begins their names, `place` is what buttons call it, `summary` says it in a line, the rest is as typed."""

    name: str
    place: str
    summary: str
    values: Mapping[str, str]
    steps: tuple[StepRow, ...]
    texts: Sequence[str]
    tables: tuple[TableRow, ...]
    has_window: bool
    has_metric: bool
    has_seats: bool
    errors: Mapping[str, str]
    is_open: bool


@dataclass(frozen=True)
class GroupRow:
    """One group as fields; `share` says how much of the score it is."""

    name: str
    place: int
    share: str
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
    """What the selects of the editor offer; `texts` those that a source of the kind “one of a list” can have."""

    sources: Options
    metrics: Options
    seats: Options
    segments: Options
    texts: Mapping[str, Sequence[str]]
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


@dataclass(frozen=True)
class _Around:
    """What every row is drawn with: faults by row and field, the measures that are unfolded, the texts of a source."""

    at: Mapping[str, Mapping[str, str]]
    unfolded: Container[str]
    texts: Mapping[str, Sequence[str]]


def rows_of(
    document: Mapping[str, Any],
    fault: Fault | None = None,
    unfolded: Container[str] = (),
    texts: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """The fields that say a definition, the fault at the field it is about; `above` holds one that belongs to none of them.

    Measures named in `unfolded`, and one with a fault, show their fields; the others a line. `texts` are those of Choices.
    """
    place, name = field_at(fault.path) if fault else ("", "")
    at = {place: {name: fault.sentence}} if fault else {}
    around = _Around(at, unfolded, texts or {})
    given = document.get("groups", [])
    shares = shares_of([group.get("weight") for group in given])
    groups = [_group_row(group, number, shares[number], around) for number, group in enumerate(given)]
    exceptions = [_exception_row(each, number, at) for number, each in enumerate(document.get("exceptions", []))]
    bands, scope = document.get("bands", {}), document.get("scope")
    segment = scope["rule"].get("segment") if scope and set(scope["rule"]) == {"segment"} else None
    own = {
        "name": document.get("name", ""),
        "floor": shown_share(document.get("coverage_floor", 0.5)),
        "good": shown(bands.get("good")),
        "watch": shown(bands.get("watch")),
        "stretch": shown(document.get("stretch", 1)),
        "scope": segment or (CUSTOM_RULE if scope else ""),
        "place": shown(scope["place"]) if scope else "1",
        "rule": json.dumps(scope["rule"], ensure_ascii=False) if scope else "",
    }
    errors = at.get("", {})
    known = {*own, "scope"}
    above = fault.sentence if fault and not place and name not in known else ""
    return {"groups": groups, "exceptions": exceptions, "own": own, "errors": errors, "above": above}


def choices_of(document: Mapping[str, Any]) -> Choices:
    """What can be chosen, and what the definition names besides. Three queries."""
    fields = list(
        CustomField.objects.filter(subject=CustomField.Subject.ACCOUNT, archived_at__isnull=True)
        .order_by("label")
        .values_list("key", "label", "kind", "choices")
    )
    measures = [measure for group in document.get("groups", []) for measure in group.get("measures", [])]
    named = {f"{ATTRIBUTE}:{key}": label for key, label, _kind, _choices in fields}
    for measure in measures:
        kind, subject = split(str(measure.get("source", "")))
        if kind == ATTRIBUTE:
            named.setdefault(f"{kind}:{subject}", measure.get("label") or subject)
    segments = [(str(pk), name) for pk, name in Segment.objects.in_use().order_by("name").values_list("pk", "name")]
    has_rule = bool(document.get("scope")) and set(document["scope"]["rule"]) != {"segment"}
    return Choices(
        sources=[*((kind, str(LABELS[kind])) for kind in SOURCES if kind != ATTRIBUTE), *named.items()],
        metrics=_offered(MetricDefinition.objects.order_by("name").values_list("key", "name"), measures, "metric"),
        seats=_offered(((key, label) for key, label, kind, _choices in fields if kind == "number"), measures, "seats"),
        texts={
            f"{ATTRIBUTE}:{key}": [str(each) for each in choices] for key, _label, _kind, choices in fields if choices
        },
        segments=[("", _("every account that no other scorecard takes")), *segments]
        + ([(CUSTOM_RULE, _("the accounts of the rule as written"))] if has_rule else []),
    )


def _offered(known: Iterable[tuple[str, str]], measures: Iterable[Mapping[str, Any]], term: str) -> Options:
    """Nothing, what there is, and by its key what a measure names although the tenant has no such thing yet: a choice that was made stays."""
    found = {"": "—", **dict(known)}
    for measure in measures:
        found.setdefault(str(measure.get(term, "")), str(measure.get(term, "")))
    return list(found.items())


def _kinds() -> tuple[str, ...]:
    return (_("a line"), _("a line inside bounds"), _("steps"), _("points for each text"), _("a rank among peers"), _("steps that change with tenure"))  # fmt: skip


def shares_of(weights: Sequence[Any]) -> list[float | None]:
    """What share of their sum each weight is; None for all of them where they are no weights or sum to nothing."""
    if any(not isinstance(each, int | float) or not 0 <= each < inf for each in weights) or not sum(weights):
        return [None] * len(weights)
    return [each / sum(weights) for each in weights]


def _group_row(group: Mapping[str, Any], place: int, share: float | None, around: _Around) -> GroupRow:
    name = f"g{place}"
    measures = group.get("measures", [])
    combine = str(group.get("combine", "mean"))
    inside = shares_of([measure.get("weight") for measure in measures])
    of_all = [share * each if share is not None and each is not None and combine == "mean" else None for each in inside]
    values = {key: shown(group.get(key, "")) for key in ("key", "name", "weight")} | {"combine": combine}
    rows = tuple(_measure_row(each, f"{name}m{row}", of_all[row], around) for row, each in enumerate(measures))
    return GroupRow(name, place, _of_score(share), values, rows, around.at.get(name, {}))


def _of_score(share: float | None) -> str:
    return "" if share is None else _("%(share)s of the score") % {"share": percent(share)}


def _measure_row(measure: Mapping[str, Any], name: str, share: float | None, around: _Around) -> MeasureRow:
    source = str(measure.get("source", ""))
    kind = split(source)[0]
    known = SOURCES.get(kind)
    transform = measure.get("transform", {})
    values = {key: shown(measure.get(key, "")) for key in ("key", "label", "source", "weight", "metric", "seats")}
    values |= {
        key: shown(transform.get(key, "")) for key in ("kind", "low", "high", "outside", "below", "peers", "better")
    }
    values["missing"] = str(measure.get("missing", "ignore"))
    values["window"] = shown(measure.get("window", known.window if known else ""))
    options, errors = known.options if known else (), around.at.get(name, {})
    place = name.removeprefix("g").replace("m", ".")
    pairs = transform.get(LISTS.get(values["kind"], ""))
    return MeasureRow(
        name=name,
        place=place,
        summary=_summary(measure, values, share),
        values=values,
        texts=around.texts.get(source, ()),
        steps=step_rows(pairs, name, place, errors) if pairs is not None else (),
        tables=table_rows(transform["tables"], name, place, errors) if "tables" in transform else (),
        has_window=has_window(source),
        has_metric="metric" in options,
        has_seats="seats" in options,
        errors=errors,
        is_open=bool(errors) or name in around.unfolded,
    )


def _summary(measure: Mapping[str, Any], values: Mapping[str, str], share: float | None) -> str:
    kind, subject = split(str(measure.get("source", "")))
    label = _(values["label"]) if values["label"] else str(LABELS.get(kind, subject))
    weight = _of_score(share) or _("weight %(weight)s") % {"weight": values["weight"]}
    parts = [label, weight, dict(zip(KINDS, _kinds(), strict=True)).get(values["kind"], "")]
    return separator().join(part for part in parts if part)


def _exception_row(exception: Mapping[str, Any], place: int, at: Mapping[str, Mapping[str, str]]) -> ExceptionRow:
    kind = "floor" if "floor" in exception else "cap"
    values = {key: shown(exception.get(key, "")) for key in ("measure", "op", "value")}
    values |= {"kind": kind, "limit": shown(exception.get(kind, ""))}
    return ExceptionRow(f"x{place}", place, values, at.get(f"x{place}", {}))
