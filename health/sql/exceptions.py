"""Applies the exceptions of a definition to all scores at once."""

from health.engine.definition import Definition
from health.sql.writing import double

_OPERATORS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "eq": "="}


def limited(definition: Definition) -> str:
    """The score after the first exception that applies, from `computed` and `raw`; unknown stays unknown."""
    return _first(definition, "computed", [_limit(each.cap, each.floor) for each in definition.exceptions])


def excepted(definition: Definition) -> str:
    """The key of the measure whose exception changed the score, null where none did."""
    key = _first(definition, "null", [f"'{each.measure}'" for each in definition.exceptions])
    return f"case when limited <> computed then {key} end"


def _first(definition: Definition, otherwise: str, values: list[str]) -> str:
    """The value of the first exception that applies."""
    keys = [measure.key for measure in definition.measures]
    whens = [
        f"when raw[{keys.index(each.measure) + 1}] {_OPERATORS[each.op]} {double(each.value)} then {value}"
        for each, value in zip(definition.exceptions, values, strict=True)
    ]
    return f"case {' '.join(whens)} else {otherwise} end" if whens else otherwise


def _limit(cap: float | None, floor: float | None) -> str:
    bound = f"case when computed is not null then {cap if cap is not None else floor}::numeric(5, 2) end"
    return f"least(computed, {bound})" if cap is not None else f"greatest(computed, {bound})"
