"""Turns what stands in the fields of the editor into a definition; what makes no sense stays as typed and is refused at its path."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from cshub.l10n.digits import parse_number
from health.engine.definition import MOST_MEASURES
from health.engine.sources import SOURCES, split

MOST_GROUPS = 20
MOST_EXCEPTIONS = 20
MOST_TABLES = 20
MOST_STEPS = 50
CUSTOM_RULE = "rule"


def typed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The definition that was typed. What is no number stays a text, which the definition's own check then refuses at its path."""
    document: dict[str, Any] = {
        "name": _text(data, "name"),
        "coverage_floor": _share(_text(data, "floor")),
        "bands": {name: _number(_text(data, name)) for name in ("good", "watch")},
        "groups": [_group(data, f"g{place}") for place in range(_count(data, "groups", MOST_GROUPS))],
    }
    exceptions = [_exception(data, f"x{place}") for place in range(_count(data, "exceptions", MOST_EXCEPTIONS))]
    _name_keys(document)
    stretch = _number(_text(data, "stretch"))
    more = {
        **({"exceptions": exceptions} if exceptions else {}),
        **({} if stretch in (None, 1) else {"stretch": stretch}),
    }
    return document | more | _scope(data)


def changed(document: dict[str, Any], do: str) -> dict[str, Any]:
    """The definition after a button: a group, measure or exception more or less. Anything else changes nothing."""
    verb, _colon, place = do.partition(":")
    places = [int(each) for each in place.split(".") if each.isascii() and each.isdecimal() and len(each) < 4]
    groups, exceptions = document["groups"], document.get("exceptions", [])
    if verb == "add_group" and len(groups) < MOST_GROUPS:
        groups.append({"key": "", "name": "", "weight": 1, "measures": [_new_measure()]})
    elif verb == "add_exception" and len(exceptions) < MOST_EXCEPTIONS:
        first = next((measure["key"] for group in groups for measure in group["measures"]), "")
        document["exceptions"] = [*exceptions, {"measure": first, "op": "lte", "value": 0, "cap": 40}]
    elif verb == "remove_exception" and len(places) == 1:
        document["exceptions"] = [each for number, each in enumerate(exceptions) if number != places[0]]
    elif verb == "remove_group" and len(places) == 1:
        document["groups"] = [group for number, group in enumerate(groups) if number != places[0]]
    elif verb == "add_measure" and len(places) == 1 and places[0] < len(groups):
        groups[places[0]]["measures"].append(_new_measure())
    elif verb == "remove_measure" and len(places) == 2 and places[0] < len(groups):
        measures = groups[places[0]]["measures"]
        groups[places[0]]["measures"] = [each for number, each in enumerate(measures) if number != places[1]]
    _name_keys(document)
    if document.get("exceptions") == []:
        del document["exceptions"]
    return document


def _new_measure() -> dict[str, Any]:
    line = {"kind": "linear", "low": 0, "high": 10}
    return {"key": "", "source": "survey_nps", "weight": 1, "missing": "ignore", "transform": line}


def _group(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    measures = [_measure(data, f"{name}m{place}") for place in range(_count(data, f"{name}-count", MOST_MEASURES))]
    return {
        "key": _text(data, f"{name}-key"),
        "name": _text(data, f"{name}-name"),
        "weight": _number(_text(data, f"{name}-weight")),
        "measures": measures,
        **({"combine": combine} if (combine := _text(data, f"{name}-combine")) not in ("", "mean") else {}),
    }


def _measure(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    source = _text(data, f"{name}-source")
    options = SOURCES[split(source)[0]].options if split(source)[0] in SOURCES else ()
    found = {
        "key": _text(data, f"{name}-key"),
        "source": source,
        "weight": _number(_text(data, f"{name}-weight")),
        "missing": _text(data, f"{name}-missing"),
        "transform": _transform(data, name),
    }
    for option in ("label", "metric", "seats"):
        if (text := _text(data, f"{name}-{option}")) and (option == "label" or option in options):
            found[option] = text
    if (window := _text(data, f"{name}-window")) and has_window(source):
        number = _number(window)
        found["window"] = int(number) if isinstance(number, float) and number == int(number) else number
    return found


def _transform(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    kind = _text(data, f"{name}-kind")
    lines = [line.strip() for line in _text(data, f"{name}-text").splitlines() if line.strip()]
    match kind:
        case "step":
            return {
                "kind": kind,
                "below": _number(_text(data, f"{name}-below")),
                "steps": [_pair(each) for each in lines],
            }
        case "choice":
            return {"kind": kind, "choices": [_pair(each, text=True) for each in lines]}
        case "percentile":
            return {"kind": kind, "peers": _text(data, f"{name}-peers") or "segment", "better": _text(data, f"{name}-better") or "higher"}  # fmt: skip
        case "bounded":
            outside = _number(_text(data, f"{name}-outside"))
            return {**_line(data, name, kind), **({} if outside is None else {"outside": outside})}
        case "tenure":
            return {"kind": kind, "tables": _tables(data, name)}
        case _:
            return _line(data, name, kind)


def _line(data: Mapping[str, Any], name: str, kind: str) -> dict[str, Any]:
    return {"kind": kind, "low": _number(_text(data, f"{name}-low")), "high": _number(_text(data, f"{name}-high"))}


def _pair(line: str, *, text: bool = False) -> list[Any]:
    """“30 = 45” as a threshold, or a text, and its points."""
    first, _equals, points = line.rpartition("=")
    return [first.strip() if text else _number(first), _number(points)]


def _tables(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The steps from each month on; what was left empty is none, so that emptying a line takes it out."""
    found = []
    for table in (f"{name}t{place}" for place in range(_count(data, f"{name}-tables", MOST_TABLES))):
        rows = [f"{table}s{place}" for place in range(_count(data, f"{table}-count", MOST_STEPS))]
        pairs = [[_number(_text(data, f"{row}-{part}")) for part in ("from", "points")] for row in rows]
        steps = [pair for pair in pairs if pair != [None, None]]
        month, below = (_number(_text(data, f"{table}-{part}")) for part in ("month", "below"))
        if steps or (month, below) != (None, None):
            found.append({"from_month": month, "below": below, "steps": steps})
    return found


def _exception(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    limit = "floor" if _text(data, f"{name}-kind") == "floor" else "cap"
    return {
        "measure": _text(data, f"{name}-measure"),
        "op": _text(data, f"{name}-op"),
        "value": _number(_text(data, f"{name}-value")),
        limit: _number(_text(data, f"{name}-limit")),
    }


def _scope(data: Mapping[str, Any]) -> dict[str, Any]:
    chosen = _text(data, "scope")
    if not chosen:
        return {}
    place = _number(_text(data, "place"))
    whole = int(place) if isinstance(place, float) and place == int(place) else place
    try:
        rule = json.loads(_text(data, "rule")) if chosen == CUSTOM_RULE else {"segment": chosen}
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


def _count(data: Mapping[str, Any], name: str, most: int) -> int:
    text = _text(data, name)
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 4 else 0


def _text(data: Mapping[str, Any], name: str) -> str:
    return str(data.get(name, "")).strip()


def _number(text: str) -> Any:
    """The number in any digits and with either decimal mark; the text itself where it is none, nothing where it is empty."""
    for mark in (".", ","):
        try:
            return float(parse_number(text, decimal=mark))
        except ValueError:
            continue
    return text.strip() or None


def _share(text: str) -> Any:
    found = _number(text.rstrip("%٪ "))
    return found / 100 if isinstance(found, float) else found
