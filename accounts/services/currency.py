"""Which currency codes exist."""

from functools import cache

from babel.numbers import list_currencies


@cache
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


def is_currency(code: str) -> bool:
    """Whether `code` is a currency of ISO 4217, present or past."""
    return code in _codes()
