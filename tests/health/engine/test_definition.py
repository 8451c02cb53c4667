"""A definition that makes no sense is refused, and the refusal names the term."""

import copy
import math

import pytest

from health.engine.definition import canonical_hash, parse
from health.engine.terms import DefinitionError
from health.scorecards import STARTERS, starter
from tests.health.make import document, group, measure


@pytest.mark.parametrize("template", STARTERS)
def test_starters_are_valid_and_have_at_least_six_measures(template):
    assert len(parse(starter(template)).measures) >= 6


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"weight": float("nan")}, "groups[0].measures[0].weight"),
        ({"weight": -1}, "groups[0].measures[0].weight"),
        ({"weight": True}, "groups[0].measures[0].weight"),
        ({"weight": "2"}, "groups[0].measures[0].weight"),
        ({"weight": 0}, "groups[0].measures"),
        ({"source": "horoscope"}, "groups[0].measures[0].source"),
        ({"source": "attribute"}, "groups[0].measures[0].source"),
        ({"source": "survey_nps:x"}, "groups[0].measures[0].source"),
        ({"metric": "logins"}, "groups[0].measures[0].metric"),
        ({"missing": "guess"}, "groups[0].measures[0].missing"),
        ({"window": 0}, "groups[0].measures[0].window"),
        ({"window": 1.5}, "groups[0].measures[0].window"),
        ({"key": "Drop table"}, "groups[0].measures[0].key"),
        ({"colour": "red"}, "groups[0].measures[0].colour"),
        ({"transform": {"kind": "linear", "low": 3, "high": 3}}, "groups[0].measures[0].transform.high"),
        ({"transform": {"kind": "linear", "low": math.inf, "high": 3}}, "groups[0].measures[0].transform.low"),
        ({"transform": {"kind": "magic"}}, "groups[0].measures[0].transform.kind"),
        (
            {"transform": {"kind": "step", "below": 0, "steps": [[5, 10], [5, 20]]}},
            "groups[0].measures[0].transform.steps[1][0]",
        ),
        (
            {"transform": {"kind": "step", "below": 0, "steps": [[5, 101]]}},
            "groups[0].measures[0].transform.steps[0][1]",
        ),
        ({"transform": {"kind": "choice", "choices": [["a", 1]]}}, "groups[0].measures[0].transform.kind"),
    ],
)
def test_a_wrong_measure_is_refused_by_name(change, path):
    with pytest.raises(DefinitionError) as refusal:
        parse(document(group({**measure(), **change})))
    assert refusal.value.path == path


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"groups": []}, "groups"),
        ({"groups": [group(measure(), weight=0)]}, "groups"),
        ({"groups": [group(measure()), group(measure("other"))]}, "groups"),
        ({"groups": [group(measure(), measure())]}, "groups"),
        ({"bands": {"good": 40, "watch": 60}}, "bands.watch"),
        ({"bands": {"good": 140, "watch": 60}}, "bands.good"),
        ({"coverage_floor": 2}, "coverage_floor"),
        ({"groups": [group(measure(), combine="median")]}, "groups[0].combine"),
        ({"stretch": 0}, "stretch"),
        ({"stretch": "wide"}, "stretch"),
        ({"name": " "}, "name"),
        ({"name": 3}, "name"),
    ],
)
def test_a_wrong_whole_is_refused_by_name(change, path):
    with pytest.raises(DefinitionError) as refusal:
        parse({**document(), **change})
    assert refusal.value.path == path


@pytest.mark.parametrize("nonsense", [None, [], "x", 3])
def test_something_that_is_no_definition_is_refused(nonsense):
    with pytest.raises(DefinitionError):
        parse(nonsense)


def test_the_same_formula_has_the_same_hash_however_it_is_typed():
    formula = document()
    shuffled = dict(reversed(copy.deepcopy(formula).items()))
    assert canonical_hash(formula) == canonical_hash(shuffled)
    assert canonical_hash(formula) != canonical_hash({**formula, "coverage_floor": 0.1})


def test_a_source_of_one_metric_asks_which():
    with pytest.raises(DefinitionError) as refusal:
        parse(document(group(measure("it", "usage_level"))))
    assert refusal.value.path == "groups[0].measures[0].metric"


def test_steps_by_tenure_need_the_tenure():
    tables = [{"from_month": 0, "below": 0, "steps": [[1, 100]]}]
    with pytest.raises(DefinitionError) as refusal:
        parse(document(group(measure(transform={"kind": "tenure", "tables": tables}))))
    assert refusal.value.path == "groups"
    assert "tenure_months" in refusal.value.problem


@pytest.mark.parametrize(("months", "path"), [([3], 0), ([0, 6, 6], 2)])
def test_tables_by_tenure_start_at_nothing_and_go_up(months, path):
    tables = [{"from_month": month, "below": 0, "steps": [[1, 100]]} for month in months]
    with pytest.raises(DefinitionError) as refusal:
        parse(document(group(measure(transform={"kind": "tenure", "tables": tables}))))
    assert refusal.value.path == f"groups[0].measures[0].transform.tables[{path}].from_month"
