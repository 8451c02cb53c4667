"""Bodies are read quickly, and answers written quickly, exactly as if slowly."""

import json

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError
from rest_framework.renderers import JSONRenderer

from cshub.api import parsers
from cshub.api.parsers import parse_json
from cshub.api.renderers import QuickJSONRenderer

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
BODIES = [
    b'{"a": 1, "a": 2}', b'[{"a" : 1, "a": 2}]', b'[{"a":1,"b":{"c":1,"c":2}}]', b'{"a\\":": 1}', b'{"a": "b\\" : c"}', b'["\\":"]',
    b"[18446744073709551616]", b"[-9223372036854775809]", b"[123456789012345678901234567890123456789012345]", b"[1e400]", b"[NaN]",
    b"[1.00000000000000000000000000000000000000000000000001]", b"[-0, -0.0, 1E5]", b'["\\u0000"]', b'["\\ud800"]', b'["\\ud83d\\ude00"]',
    b'["\\\\u0000"]', b"\xef\xbb\xbf[1]", b'["\xff"]', b"", b"[1,]", b"[" * 31 + b"]" * 31, b"[" * 32 + b"]" * 32, b"[" * 33 + b"]" * 33,
    b"[" * 5000 + b"]" * 5000, b'{"a":' * 33 + b"1" + b"}" * 33, b"{}", b"null", b' [ {"a"\n:1} ] ',
]  # fmt: skip


def read(parse, raw):
    try:
        return repr(parse(raw))
    except ParseError as error:
        return f"refused: {error.detail}"


@pytest.mark.parametrize("raw", BODIES)
def test_odd_bodies_are_read_and_refused_as_ever(raw):
    assert read(parse_json, raw) == read(parsers._strictly_parsed, raw)


@given(value=VALUES, compact=st.booleans(), ascii_only=st.booleans())
def test_any_body_is_read_as_ever(value, compact, ascii_only):
    text = json.dumps(value, separators=(",", ":") if compact else None, ensure_ascii=ascii_only)
    raw = text.encode("utf-8", "surrogatepass")
    assert read(parse_json, raw) == read(parsers._strictly_parsed, raw)


def test_rows_take_the_quick_way():
    rows = [{"external_id": f"A{n}", "value": n / 2, "at": "2026-11-21T09:00:00Z", "name": "Łódź"} for n in range(50)]
    assert parsers._quickly_parsed(json.dumps(rows).encode()) == rows


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
        max_leaves=12,
    )
)
def test_an_answer_is_written_as_ever(value):
    assert QuickJSONRenderer().render(value) == JSONRenderer().render(value)


@pytest.mark.parametrize("value", [None, {"a": gettext_lazy("Name")}, {"a": "\u2028\u2029\x7f"}, {1: 2}, [10**30]])
def test_an_odd_answer_is_written_as_ever(value):
    assert QuickJSONRenderer().render(value) == JSONRenderer().render(value)


def test_an_answer_can_be_asked_for_with_lines():
    value = {"a": [1]}
    asked = "application/json; indent=2"
    assert QuickJSONRenderer().render(value, asked) == JSONRenderer().render(value, asked)
