"""Turns what stands in the fields of the builder into a rule, and a rule into fields: the upper group and one level below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import MetricDefinition
from cshub.users.models import User
from health.segments.engine.fields import DAY_COUNTS, KNOWN, MANY, OPERATORS, Catalog, Field
from health.segments.words import OPERATORS as OPERATOR_LABELS
from health.segments.words import Vocabulary

MOST_ROWS = 60
USAGE = {
    "performed": ("at_least", "less_than"),
    "last_performed": ("in_last_days", "more_than_days_ago"),
    "trend": ("fell_by", "rose_by"),
}
MEMBER = "member"


@dataclass
class Row:
    """One line of the builder, as typed."""

    field: str = "region"
    op: str = ""
    value: str = ""
    more: str = ""
    group: int = 0


@dataclass
class Typed:
    """The builder's state: how the upper group joins, how each lower group does, and the lines."""

    joins: str
    groups: list[str]
    rows: list[Row]


def typed(data: Mapping[str, Any]) -> Typed:
    """What was sent. Whatever makes no sense is left out; the rule is checked afterwards."""
    count = min(_whole(data.get("rows")), MOST_ROWS)
    groups = [_joins(data.get(f"joins-{place}")) for place in range(1, min(_whole(data.get("groups")), MOST_ROWS) + 1)]
    rows = [_sent(data, place) for place in range(count)]
    return Typed(_joins(data.get("joins")), groups, [row for row in rows if row.group <= len(groups)])


def _sent(data: Mapping[str, Any], place: int) -> Row:
    field, op, value, more = (str(data.get(f"{name}-{place}", "")) for name in ("field", "op", "value", "more"))
    return Row(field, op, value, more, _whole(data.get(f"group-{place}")))


def rule_of(state: Typed, known: Catalog) -> dict[str, Any]:
    """The rule as JSON. Values that are no number stay texts, which the grammar then refuses at their path."""
    parts: list[Any] = [_node(row, known) for row in state.rows if row.group == 0]
    for place, joins in enumerate(state.groups, start=1):
        if inner := [_node(row, known) for row in state.rows if row.group == place]:
            parts.append({joins: inner})
    return {state.joins: parts}


def state_of(definition: Mapping[str, Any]) -> Typed | None:
    """The fields that say a rule; None where it nests deeper than the builder shows."""
    joins = next((each for each in ("all", "any") if each in definition), None)
    state = Typed(joins or "all", [], [])
    for part in definition[joins] if joins else [definition]:
        inner = next((each for each in ("all", "any") if each in part), None)
        if inner:
            state.groups.append(inner)
        for leaf in part[inner] if inner else [part]:
            row = _row(leaf, len(state.groups) if inner else 0)
            if row is None:
                return None
            state.rows.append(row)
    return state


def shown(state: Typed, known: Catalog, *, names: Vocabulary) -> list[dict[str, Any]]:
    """Groups with their lines, each with the choices its field allows."""
    fields = field_choices(known, names)
    people = [
        (str(pk), name) for pk, name in User.objects.filter(is_active=True).order_by("name").values_list("pk", "name")
    ]
    lines = [
        _line(row, place, known, fields=fields, names=names, people=people) for place, row in enumerate(state.rows)
    ]
    return [
        {"number": number, "joins": joins, "name": "joins" if number == 0 else f"joins-{number}", "lines": [line for line in lines if line["row"].group == number]}
        for number, joins in enumerate([state.joins, *state.groups])
    ]  # fmt: skip


def field_choices(known: Catalog, names: Vocabulary) -> list[tuple[str, list[tuple[str, str]]]]:
    """What can be asked, in groups for a select."""
    metrics = list(MetricDefinition.objects.values_list("key", "name"))
    found = [(_("Account"), [(key, names.field(key)) for key in known.fields])]
    if metrics:
        for term, label in (
            ("performed", _("Performed")),
            ("last_performed", _("Last performed")),
            ("trend", _("Trend")),
        ):
            found.append((label, [(f"{term}:{key}", f"{label}: {name}") for key, name in metrics]))
    if known.names:
        found.append((_("Segment"), [(MEMBER, _("Segment"))]))
    return found


def _line(row: Row, place: int, known: Catalog, *, fields: Any, names: Vocabulary, people: Any) -> dict[str, Any]:
    operators = _operators(row.field, known)
    row.op = row.op if row.op in operators else operators[0]
    field = known.fields.get(row.field)
    options: Sequence[tuple[str, str]] = ()
    if row.field == MEMBER:
        options = sorted((known.names or {}).items(), key=lambda pair: pair[1])
    elif field and row.op not in MANY:
        options = _options(field, names, people)
    return {
        "place": place,
        "row": row,
        "fields": fields,
        "operators": [(op, str(OPERATOR_LABELS[op])) for op in operators],
        "options": options,
        "has_value": row.op not in KNOWN,
        "has_more": row.op == "between" or row.field.startswith(("performed:", "trend:")),
        "more_is_days": row.op != "between",
        "type": "date" if field and field.kind == "date" and row.op not in DAY_COUNTS else "text",
    }


def _options(field: Field, names: Vocabulary, people: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    if field.kind == "person":
        return people
    if field.kind == "yes_no":
        return (("true", _("yes")), ("false", _("no")))
    return [(each, names.value(field.key, each)) for each in field.choices]


def _operators(field: str, known: Catalog) -> Sequence[str]:
    if field == MEMBER:
        return ("member", "not_member")
    term = field.partition(":")[0]
    if term in USAGE:
        return USAGE[term]
    return known.fields[field].operators if field in known.fields else OPERATORS["text"]


def _node(row: Row, known: Catalog) -> dict[str, Any]:
    operators = _operators(row.field, known)
    op = row.op if row.op in operators else operators[0]
    if row.field == MEMBER:
        member = {"segment": row.value}
        return member if op == "member" else {"not": member}
    term, _colon, metric = row.field.partition(":")
    if term == "performed":
        return {"performed": metric, "op": op, "times": _number(row.value), "days": _number(row.more)}
    if term == "last_performed":
        return {"last_performed": metric, "op": op, "days": _number(row.value)}
    if term == "trend":
        return {"trend": metric, "op": op, "percent": _number(row.value), "days": _number(row.more)}
    if op in KNOWN:
        return {"field": row.field, "op": op}
    return {"field": row.field, "op": op, "value": _value(row, op, known.fields.get(row.field))}


def _value(row: Row, op: str, field: Field | None) -> Any:
    def read(text: str) -> Any:
        if field and field.kind == "yes_no":
            return {"true": True, "false": False}.get(text, text)
        return _number(text) if op in DAY_COUNTS or (field and field.kind in ("number", "count")) else text

    if op == "between":
        return [read(row.value), read(row.more)]
    if op in MANY:
        return [read(each.strip()) for each in row.value.split(",") if each.strip()]
    return read(row.value)


def _row(leaf: Mapping[str, Any], group: int) -> Row | None:
    """The line of a term; None for one that the builder does not show."""
    if "segment" in leaf:
        return Row(MEMBER, "member", leaf["segment"], group=group)
    if "segment" in leaf.get("not", {}):
        return Row(MEMBER, "not_member", leaf["not"]["segment"], group=group)
    for term in USAGE:
        if term in leaf:
            value = leaf.get("times", leaf.get("percent", leaf["days"]))
            return Row(f"{term}:{leaf[term]}", leaf["op"], str(value), str(leaf["days"]), group)
    if "field" not in leaf:
        return None
    value = leaf.get("value", "")
    if leaf["op"] == "between":
        return Row(leaf["field"], "between", str(value[0]), str(value[1]), group)
    if isinstance(value, list):
        value = ", ".join(str(each) for each in value)
    return Row(leaf["field"], leaf["op"], str(value).lower() if isinstance(value, bool) else str(value), group=group)


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text or None
    return int(number) if number.is_integer() else number


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 4 else 0


def _joins(value: Any) -> str:
    return "any" if value == "any" else "all"
