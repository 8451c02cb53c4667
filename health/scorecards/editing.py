"""Turns what stands in the fields of the editor into a definition; what makes no sense stays as typed and is refused at its path."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from health.engine.definition import MOST_MEASURES
from health.engine.sources import SOURCES, split
from health.scorecards.inputs import count_of, number_in, share_in, text_of
from health.scorecards.steps import typed_steps, typed_tables, without, without_step, without_table

MOST_GROUPS = 20
MOST_EXCEPTIONS = 20
CUSTOM_RULE = "rule"
REMOVE = {"remove_step": without_step, "remove_table": without_table}


def typed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The definition that was typed. What is no number stays a text, which the definition's own check then refuses at its path."""
    document: dict[str, Any] = {
        "name": text_of(data, "name"),
        "coverage_floor": share_in(text_of(data, "floor")),
        "bands": {name: number_in(text_of(data, name)) for name in ("good", "watch")},
        "groups": [_group(data, f"g{place}") for place in range(count_of(data, "groups", MOST_GROUPS))],
    }
    exceptions = [_exception(data, f"x{place}") for place in range(count_of(data, "exceptions", MOST_EXCEPTIONS))]
    _name_keys(document)
    stretch = number_in(text_of(data, "stretch"))
    more = {
        **({"exceptions": exceptions} if exceptions else {}),
        **({} if stretch in (None, 1) else {"stretch": stretch}),
    }
    return document | more | _scope(data)


def changed(document: dict[str, Any], do: str) -> dict[str, Any]:
    """The definition after a button: a group, measure or exception more or less, or a step less. Anything else changes nothing."""
    verb, places = pressed(do)
    if verb.startswith("add_"):
        _add(document, verb, places)
    elif verb.startswith("remove_"):
        _remove(document, verb, places)
    _name_keys(document)
    if document.get("exceptions") == []:
        del document["exceptions"]
    return document


def _add(document: dict[str, Any], verb: str, places: list[int]) -> None:
    groups, exceptions = document["groups"], document.get("exceptions", [])
    if verb == "add_group" and len(groups) < MOST_GROUPS:
        groups.append({"key": "", "name": "", "weight": 1, "measures": [_new_measure()]})
    elif verb == "add_exception" and len(exceptions) < MOST_EXCEPTIONS:
        first = next((measure["key"] for group in groups for measure in group["measures"]), "")
        document["exceptions"] = [*exceptions, {"measure": first, "op": "lte", "value": 0, "cap": 40}]
    elif verb == "add_measure" and len(places) == 1 and places[0] < len(groups):
        groups[places[0]]["measures"].append(_new_measure())


def _remove(document: dict[str, Any], verb: str, places: list[int]) -> None:
    groups = document["groups"]
    if verb == "remove_exception" and len(places) == 1:
        document["exceptions"] = without(document.get("exceptions", []), places[0])
    elif verb == "remove_group" and len(places) == 1:
        document["groups"] = without(groups, places[0])
    elif verb == "remove_measure" and len(places) == 2 and places[0] < len(groups):
        groups[places[0]]["measures"] = without(groups[places[0]]["measures"], places[1])
    elif verb in REMOVE and (measure := _measure_at(groups, places)):
        measure["transform"] = REMOVE[verb](measure["transform"], places[2:])


def pressed(do: str) -> tuple[str, list[int]]:
    """A button's verb and the places it names: remove_step:0.2.1 is the second step of the third measure of the first group."""
    verb, _colon, place = do.partition(":")
    return verb, [int(each) for each in place.split(".") if each.isascii() and each.isdecimal() and len(each) < 4]


def _measure_at(groups: list[dict[str, Any]], places: list[int]) -> dict[str, Any] | None:
    """The measure that the first two places name."""
    if len(places) < 2 or places[0] >= len(groups):
        return None
    measures = groups[places[0]]["measures"]
    return measures[places[1]] if places[1] < len(measures) else None


def _new_measure() -> dict[str, Any]:
    line = {"kind": "linear", "low": 0, "high": 10}
    return {"key": "", "source": "survey_nps", "weight": 1, "missing": "ignore", "transform": line}


def _group(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    measures = [_measure(data, f"{name}m{place}") for place in range(count_of(data, f"{name}-count", MOST_MEASURES))]
    return {
        "key": text_of(data, f"{name}-key"),
        "name": text_of(data, f"{name}-name"),
        "weight": number_in(text_of(data, f"{name}-weight")),
        "measures": measures,
        **({"combine": combine} if (combine := text_of(data, f"{name}-combine")) not in ("", "mean") else {}),
    }


def _measure(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    source = text_of(data, f"{name}-source")
    options = SOURCES[split(source)[0]].options if split(source)[0] in SOURCES else ()
    found = {
        "key": text_of(data, f"{name}-key"),
        "source": source,
        "weight": number_in(text_of(data, f"{name}-weight")),
        "missing": text_of(data, f"{name}-missing"),
        "transform": _transform(data, name),
    }
    for option in ("label", "metric", "seats"):
        if (text := text_of(data, f"{name}-{option}")) and (option == "label" or option in options):
            found[option] = text
    if (window := text_of(data, f"{name}-window")) and has_window(source):
        number = number_in(window)
        found["window"] = int(number) if isinstance(number, float) and number == int(number) else number
    return found


def _transform(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    kind = text_of(data, f"{name}-kind")
    match kind:
        case "step":
            return {
                "kind": kind,
                "below": number_in(text_of(data, f"{name}-below")),
                "steps": typed_steps(data, name),
            }
        case "choice":
            return {"kind": kind, "choices": typed_steps(data, name, texts=True)}
        case "percentile":
            return {"kind": kind, "peers": text_of(data, f"{name}-peers") or "segment", "better": text_of(data, f"{name}-better") or "higher"}  # fmt: skip
        case "bounded":
            outside = number_in(text_of(data, f"{name}-outside"))
            return {**_line(data, name, kind), **({} if outside is None else {"outside": outside})}
        case "tenure":
            return {"kind": kind, "tables": typed_tables(data, name)}
        case _:
            return _line(data, name, kind)


def _line(data: Mapping[str, Any], name: str, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "low": number_in(text_of(data, f"{name}-low")),
        "high": number_in(text_of(data, f"{name}-high")),
    }


def _exception(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    limit = "floor" if text_of(data, f"{name}-kind") == "floor" else "cap"
    return {
        "measure": text_of(data, f"{name}-measure"),
        "op": text_of(data, f"{name}-op"),
        "value": number_in(text_of(data, f"{name}-value")),
        limit: number_in(text_of(data, f"{name}-limit")),
    }


def _scope(data: Mapping[str, Any]) -> dict[str, Any]:
    chosen = text_of(data, "scope")
    if not chosen:
        return {}
    place = number_in(text_of(data, "place"))
    whole = int(place) if isinstance(place, float) and place == int(place) else place
    try:
        rule = json.loads(text_of(data, "rule")) if chosen == CUSTOM_RULE else {"segment": chosen}
    except (ValueError, RecursionError):
        rule = {}
    return {"scope": {"place": whole, "rule": rule if isinstance(rule, dict) else {}}}


def _name_keys(document: dict[str, Any]) -> None:
    """Give groups and measures without a key one that nothing else has."""
    groups = document["groups"]
    measures = [measure for group in groups for measure in group["measures"]]
    for each in (*groups, *measures):
        if not each["key"]:
            kind, subject = split(each.get("source", "group"))
            stem = re.sub(r"[^a-z0-9_]+", "_", (subject or kind).lower()).strip("_")[:50] or "measure"
            stem = stem if stem[0].isalpha() else f"m_{stem}"
            taken = {other["key"] for other in (*groups, *measures)}
            each["key"] = next(key for key in (stem, *(f"{stem}_{n}" for n in range(2, 999))) if key not in taken)


def has_window(source: str) -> bool:
    """Whether a window means something to a source."""
    kind = split(source)[0]
    return kind in SOURCES and SOURCES[kind].window > 0
