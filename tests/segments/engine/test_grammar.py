"""The filter grammar: what is written can be read again, and what is wrong is named by its path."""

import json
import string
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.engine.terms import DefinitionError
from health.segments.engine.fields import BUILT_IN, DAY_COUNTS, KNOWN, MANY, Catalog, Field
from health.segments.engine.grammar import DEEPEST, MOST_NODES, canonical_hash, parse, segments_named, written

CUSTOM = {f"custom:{kind}": Field(f"custom:{kind}", kind) for kind in ("text", "number", "date", "yes_no")}
FIELDS = {**BUILT_IN, **CUSTOM, "custom:tier": Field("custom:tier", "choice", ("gold", "silver"))}
INNER = {"field": "region", "op": "is", "value": "Poland"}
CATALOG = Catalog(
    fields=FIELDS, metrics=frozenset({"logins", "event_export"}), segments={"s1": INNER}, names={"s1": "Poland"},
    retired=frozenset({"plan"}),
)  # fmt: skip

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=40).filter(
    lambda text: text.strip()
)
days = st.dates(date(1990, 1, 1), date(2090, 1, 1)).map(date.isoformat)
numbers = st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9, allow_nan=False).map(lambda n: n + 0.0))
ids = st.uuids().map(str)


def one_value(field: Field) -> st.SearchStrategy[Any]:
    if field.choices:
        return st.sampled_from(field.choices)
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "number": numbers, "count": numbers, "date": days, "yes_no": st.booleans(), "person": ids, "account": ids,
    }  # fmt: skip
    return by_kind.get(field.kind, texts)


@st.composite
def conditions(draw: Any) -> dict[str, Any]:
    field = FIELDS[draw(st.sampled_from(sorted(FIELDS)))]
    op = draw(st.sampled_from(field.operators))
    if op in KNOWN:
        return {"field": field.key, "op": op}
    if op in DAY_COUNTS:
        value: Any = draw(st.integers(0, 3660))
    elif op in MANY:
        value = draw(st.lists(one_value(field), min_size=1, max_size=4))
    elif op == "between":
        value = sorted([draw(one_value(field)), draw(one_value(field))])
    else:
        value = draw(one_value(field))
    return {"field": field.key, "op": op, "value": value}


usage = st.one_of(
    st.builds(
        lambda m, op, n, d: {"performed": m, "op": op, "times": n, "days": d},
        st.sampled_from(["logins", "event_export"]), st.sampled_from(["at_least", "less_than"]),
        st.integers(0, 1000), st.integers(1, 400),
    ),
    st.builds(
        lambda m, op, d: {"last_performed": m, "op": op, "days": d},
        st.just("logins"), st.sampled_from(["in_last_days", "more_than_days_ago"]), st.integers(1, 400),
    ),
    st.builds(
        lambda m, op, p, d: {"trend": m, "op": op, "percent": p, "days": d},
        st.just("logins"), st.sampled_from(["rose_by", "fell_by"]), st.integers(1, 100), st.integers(1, 400),
    ),
)  # fmt: skip
leaves = st.one_of(conditions(), usage, st.just({"segment": "s1"}))
rules = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=8,
).filter(lambda rule: depth(rule) <= DEEPEST)


def depth(rule: dict[str, Any]) -> int:
    parts = rule.get("all") or rule.get("any") or ([rule["not"]] if "not" in rule else [])
    return 1 + max((depth(part) for part in parts), default=0)


@given(rules)
def test_what_was_read_is_written_and_read_again(rule):
    read = parse(rule, CATALOG)
    kept = written(read)
    assert parse(json.loads(json.dumps(kept)), CATALOG) == read
    assert canonical_hash(kept) == canonical_hash(written(parse(kept, CATALOG)))


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(st.sampled_from(["all", "any", "not", "field", "op", "value", "performed", "days", "segment", "x"]), inner),
        ),
        max_leaves=20,
    )
)  # fmt: skip
def test_anything_else_is_refused_in_a_sentence_and_never_crashes(document):
    with suppress_refusal() as refused:
        parse(document, CATALOG)
    problem = refused[0].problem if refused else "."
    assert problem.endswith(".")


@contextmanager
def suppress_refusal() -> Iterator[list[DefinitionError]]:
    """What was refused, if anything; any other error passes."""
    found: list[DefinitionError] = []
    try:
        yield found
    except DefinitionError as error:
        found.append(error)


@pytest.mark.parametrize(
    ("rule", "path", "words"),
    [
        ([], "", "has to be an object"),
        ({}, "", "exactly one of"),
        ({"all": [INNER], "any": [INNER]}, "", "exactly one of"),
        ({"all": []}, "all", "at least one entry"),
        ({"any": [INNER, {"not": {"field": "nmae", "op": "is", "value": "x"}}]}, "any[1].not.field", "“nmae”, which is no field"),
        ({"field": "owner__password", "op": "is", "value": "x"}, "field", "no field of accounts"),
        ({"field": "arr", "op": "contains", "value": "1"}, "op", "arr can be asked is, is_not, less_than"),
        ({"field": "arr", "op": "is", "value": float("nan")}, "value", "has to be a number"),
        ({"field": "arr", "op": "is", "value": float("inf")}, "value", "has to be a number"),
        ({"field": "arr", "op": "is", "value": 1e300}, "value", "has to lie between"),
        ({"field": "arr", "op": "is", "value": True}, "value", "has to be a number"),
        ({"field": "arr", "op": "between", "value": [2, 1]}, "value", "swap them"),
        ({"field": "arr", "op": "between", "value": [1]}, "value", "a pair"),
        ({"field": "region", "op": "in", "value": []}, "value", "1 to 200 values"),
        ({"field": "region", "op": "is", "value": " "}, "value", "ask for “unknown”"),
        ({"field": "region", "op": "is", "value": "a\x00b"}, "value", "a text of at most"),
        ({"field": "region", "op": "is", "value": "\ud800"}, "value", "a text of at most"),
        ({"field": "region", "op": "is"}, "value", "is missing"),
        ({"field": "region", "op": "known", "value": 1}, "value", "leave it out"),
        ({"field": "region", "op": "is", "value": "x", "as": 1}, "as", "not a term here"),
        ({"field": "band", "op": "is", "value": "amber"}, "value", "one of good, watch, risk, unknown"),
        ({"field": "churned_on", "op": "before", "value": "2026-02-30"}, "value", "write a day as"),
        ({"field": "churned_on", "op": "in_last_days", "value": 1.5}, "value", "whole number of days"),
        ({"field": "owner", "op": "is", "value": "1 or 1=1"}, "value", "has to be an ID"),
        ({"field": "has_champion", "op": "is", "value": "yes"}, "value", "true or false"),
        ({"field": "custom:plan", "op": "is", "value": "x"}, "field", "a field that was archived"),
        ({"field": "custom:tier", "op": "is", "value": "bronze"}, "value", "one of gold, silver"),
        ({"performed": "nothing", "days": 30}, "performed", "which nobody counts"),
        ({"performed": "logins", "days": 0}, "days", "whole number of days, 1 to"),
        ({"trend": "logins", "op": "fell_by", "percent": 101, "days": 30}, "percent", "has to lie between"),
        ({"last_performed": "logins", "op": "never", "days": 3}, "op", "use one of"),
        ({"segment": "s2"}, "segment", "which is no segment in use"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_path(rule, path, words):
    with pytest.raises(DefinitionError) as caught:
        parse(rule, CATALOG)
    assert caught.value.path == path
    assert words in caught.value.problem


def nested(levels: int) -> dict[str, Any]:
    rule: dict[str, Any] = INNER
    for _level in range(levels - 1):
        rule = {"not": rule}
    return rule


def test_depth_and_size_are_limited():
    parse(nested(DEEPEST), CATALOG)
    with pytest.raises(DefinitionError, match="nests deeper"):
        parse(nested(DEEPEST + 1), CATALOG)
    with pytest.raises(DefinitionError, match="nests deeper"):
        parse(nested(50_000), CATALOG)  # without recursion, or Python would give up before us
    parse({"any": [INNER] * (MOST_NODES - 1)}, CATALOG)
    with pytest.raises(DefinitionError, match="more than 200 terms"):
        parse({"any": [INNER] * MOST_NODES}, CATALOG)


def test_a_circle_is_refused_and_its_way_is_named():
    circle = Catalog(
        fields=FIELDS,
        segments={"a": {"not": {"segment": "b"}}, "b": {"all": [{"segment": "c"}]}, "c": {"segment": "a"}},
        names={"a": "Amber", "b": "Blue", "c": "Coral"},
    )
    with pytest.raises(DefinitionError) as caught:
        parse({"all": [INNER, {"segment": "b"}]}, circle, own_id="a")
    assert caught.value.path == "all[1].segment"
    assert "Amber → Blue → Coral → Amber" in caught.value.problem


def test_a_rule_may_not_name_itself():
    with pytest.raises(DefinitionError, match="Poland → Poland"):
        parse({"segment": "s1"}, CATALOG, own_id="s1")


def test_many_small_segments_cannot_add_up_to_an_endless_rule():
    levels = {f"s{n}": {"all": [{"segment": f"s{n + 1}"}] * 10} for n in range(6)} | {"s6": INNER}
    with pytest.raises(DefinitionError, match="more than 1000 terms"):
        parse({"segment": "s0"}, Catalog(fields=FIELDS, segments=levels))


def test_a_fault_inside_another_segment_names_that_segment():
    broken = Catalog(fields=FIELDS, segments={"s1": {"field": "gone", "op": "known"}}, names={"s1": "Poland"})
    with pytest.raises(DefinitionError) as caught:
        parse({"all": [{"segment": "s1"}]}, broken)
    assert caught.value.path == "all[0].segment"
    assert "“Poland”, whose own rule is wrong: field is “gone”" in caught.value.problem


def test_the_segments_that_a_rule_names_are_found():
    rule = {"all": [{"segment": "a"}, {"any": [{"not": {"segment": "b"}}]}, {"field": "segment", "op": "known"}]}
    assert list(segments_named(rule)) == ["a", "b"]


def test_letters_that_only_look_like_operators_are_values():
    word = string.punctuation + "'; DROP TABLE accounts_account; --"
    assert written(parse({"field": "name", "op": "contains", "value": word}, CATALOG))["value"] == word
