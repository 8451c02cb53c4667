"""What is wrong with a definition is said in the reader's language, and every sentence of the engines can be."""

import ast

import pytest
from django.utils import translation

from cshub.environment import BASE_DIR
from health.engine.definition import parse
from health.engine.terms import DefinitionError
from health.segments.engine.fields import BUILT_IN, Catalog
from health.segments.engine.grammar import parse as parse_rule
from health.wording import fault_in_words, problem_in_words
from tests.health import make

ENGINES = [*(BASE_DIR / "health/engine").glob("*.py"), *(BASE_DIR / "health/segments/engine").glob("*.py")]


def refusal(read, *given):
    with pytest.raises(DefinitionError) as caught:
        read(*given)
    return caught.value


def test_every_refusal_of_the_engines_is_a_sentence_with_its_facts_apart():
    raised = [
        (path.name, node.lineno, node)
        for path in ENGINES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("DefinitionError", "Circular")
    ]
    assert len(raised) > 50
    for name, line, node in raised:
        said = ast.unparse(node.args[1])
        assert said.startswith("gettext_noop(") or said == "error.sentence", (name, line)


def test_a_fault_reads_in_english_and_in_polish_with_the_same_facts():
    error = refusal(parse, make.document(make.group(make.measure(weight="NaN"))))
    assert str(error) == "groups[0].measures[0].weight: is “NaN”; it has to be a number."
    with translation.override("pl"):
        assert problem_in_words(error) != error.problem
        assert "NaN" in problem_in_words(error)
        assert fault_in_words(error, whole="").startswith("groups[0].measures[0].weight")


def test_what_is_missing_is_a_word_of_the_language_too():
    error = refusal(parse, make.document(bands={"good": None, "watch": 40}))
    assert "nothing" in error.problem
    with translation.override("pl"):
        assert "nothing" not in problem_in_words(error)


def test_a_fault_inside_another_segment_is_said_whole():
    names = {"a": {"field": "nope", "op": "is", "value": "x"}}
    known = Catalog(fields=BUILT_IN, segments=names, names={"a": "Poland"})
    error = refusal(parse_rule, {"segment": "a"}, known)
    assert error.problem == "names “Poland”, whose own rule is wrong: field is “nope”, which is no field of accounts."
    with translation.override("pl"):
        said = problem_in_words(error)
    assert "Poland" in said
    assert "nope" in said
    assert "which is no field" not in said
