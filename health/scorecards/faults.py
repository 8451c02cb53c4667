"""Finds the field of the editor that a fault is about, and says it by the name that stands at the field."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

ALL = "all"  # stands for a group or measure as a whole
NAMES = {
    "name": gettext_lazy("Name"),
    "good": gettext_lazy("Healthy from"),
    "watch": gettext_lazy("Watch from"),
    "floor": gettext_lazy("Coverage needed, per cent"),
    "stretch": gettext_lazy("Distance from the middle, times"),
    "scope": gettext_lazy("Scores"),
    "place": gettext_lazy("Place in the order of scorecards"),
    "combine": gettext_lazy("The group earns"),
    "weight": gettext_lazy("Weight"),
    "source": gettext_lazy("Measure"),
    "window": gettext_lazy("Window in days"),
    "missing": gettext_lazy("Without data"),
    "kind": gettext_lazy("Becomes points by"),
    "low": gettext_lazy("Value that earns 0 points"),
    "high": gettext_lazy("Value that earns 100 points"),
    "outside": gettext_lazy("Points beyond them"),
    "below": gettext_lazy("Points below the first step"),
    "peers": gettext_lazy("Compared with"),
    "better": gettext_lazy("Direction"),
    "metric": gettext_lazy("Metric"),
    "seats": gettext_lazy("Seats from the field"),
    "label": gettext_lazy("Name, if another"),
    "from": gettext_lazy("From the value"),
    "text": gettext_lazy("Text"),
    "points": gettext_lazy("Points"),
    "month": gettext_lazy("From month"),
    "measure": gettext_lazy("If"),
    "op": gettext_lazy("Comparison"),
    "value": gettext_lazy("Value"),
    "limit": gettext_lazy("Points"),
}
_OWN = {"coverage_floor": "floor", "bands.good": "good", "bands.watch": "watch", "bands": "good"}
_PARTS = ("from", "points")


@dataclass(frozen=True)
class Fault:
    """A term that makes no sense: the field it stands in (empty where it is about no single one) and a sentence."""

    path: str
    field: str
    sentence: str


def fault_at(path: str, problem: str) -> Fault:
    """`problem` is the sentence without its subject, as in “is nothing; it has to be a number.”"""
    row, name = field_at(path)
    last = name.rpartition("-")[2]
    label = NAMES.get("text" if last == "from" and ".choices" in path else last)
    if label is None:
        whole = {"measures": _("The measures"), "groups": _("The groups")}.get(path.rpartition(".")[2])
        return Fault(path, "", _("%(path)s %(problem)s") % {"path": whole or path, "problem": problem})
    field = name if not row else f"{row}{name}" if "-" in name else f"{row}-{name}"
    return Fault(path, field, _("“%(field)s” %(problem)s") % {"field": label, "problem": problem})


def field_at(path: str) -> tuple[str, str]:
    """The row and the field of a term: groups[0].measures[2].weight is (g0m2, weight), a step of it (g0m2, s1-points)."""
    rest = path.removeprefix("definition.")
    if group := re.match(r"groups\[(\d+)\]\.?", rest):
        rest, row = rest[group.end() :], f"g{group[1]}"
        if measure := re.match(r"measures\[(\d+)\]\.?", rest):
            return f"{row}m{measure[1]}", _in_measure(rest[measure.end() :].removeprefix("transform."))
        return row, rest if rest in NAMES else ALL
    if exception := re.match(r"exceptions\[(\d+)\]\.?", rest):
        name = rest[exception.end() :]
        return f"x{exception[1]}", name if name in NAMES else "limit"
    if rest.startswith("scope"):
        return "", "place" if rest.endswith("place") else "scope"
    return "", _OWN.get(rest, rest)


def _in_measure(rest: str) -> str:
    """The end of a field's name: of a row of steps where the term is one, or where one is missing."""
    table = re.match(r"tables(?:\[(\d+)\])?\.?", rest)
    before = f"t{table[1] or 0}" if table else ""
    inside = rest[table.end() :] if table else rest
    if step := re.match(r"(?:steps|choices)(?:\[(\d+)\](?:\[([01])\])?)?", inside):
        return f"{before}s{step[1] or 0}-{_PARTS[int(step[2] or 0)]}"
    if table:
        return f"{before}-below" if inside == "below" else f"{before}-month"
    return inside if inside in NAMES else ALL
