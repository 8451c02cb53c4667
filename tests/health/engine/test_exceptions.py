"""One value can cap a score or hold it up; the first exception that applies counts."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.engine.definition import parse
from health.engine.scoring import NO_DATA, verdict
from health.engine.terms import DefinitionError
from tests.health.make import document, group, measure

TWO = group(measure("a", "attribute:a"), measure("b", "attribute:b"))
CAP = {"measure": "a", "op": "lte", "value": 2, "cap": 40}
FLOOR = {"measure": "b", "op": "gte", "value": 9, "floor": 70}


def scored(a: float | None, b: float | None, *exceptions: dict[str, Any]) -> tuple[Decimal | None, str, str]:
    result = verdict(parse(document(TWO, exceptions=list(exceptions))), [a, b], [5000, 5000])
    return result.score, result.band, result.reason


@pytest.mark.parametrize(
    ("a", "b", "exceptions", "expected"),
    [
        (2, 10, [CAP], (Decimal(40), "risk", "a")),
        (2, 10, [CAP, FLOOR], (Decimal(40), "risk", "a")),
        (2, 10, [FLOOR, CAP], (Decimal(70), "good", "b")),
        (2, 1, [CAP], (Decimal(15), "risk", "b")),
        (2.5, 10, [CAP], (Decimal("62.5"), "watch", "b")),
        (None, 10, [CAP], (Decimal(100), "good", "b")),
        (None, None, [CAP, FLOOR], (None, "unknown", NO_DATA)),
    ],
)
def test_by_hand(a, b, exceptions, expected):
    assert scored(a, b, *exceptions) == expected


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 100))
def test_a_cap_never_raises_and_a_floor_never_lowers(a, b, limit):
    plain = scored(a, b)[0]
    capped, held = scored(a, b, CAP | {"cap": limit})[0], scored(a, b, FLOOR | {"floor": limit})[0]
    assert plain is not None
    assert capped is not None
    assert held is not None
    assert 0 <= capped <= plain <= held <= 100


@pytest.mark.parametrize(
    ("change", "term"),
    [({"measure": "c"}, "measure"), ({"floor": 3}, "cap"), ({"op": "like"}, "op"), ({"cap": 101}, "cap")],
)
def test_nonsense_is_refused_at_its_term(change, term):
    with pytest.raises(DefinitionError) as refusal:
        parse(document(TWO, exceptions=[CAP | change]))
    assert refusal.value.path == f"exceptions[0].{term}"
