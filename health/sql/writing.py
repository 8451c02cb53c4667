"""Writes numbers and texts into SQL: numbers as exact literals, texts as parameters."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Parameters:
    """Values for a statement; asking twice for the same value gives the same placeholder."""

    values: dict[str, Any] = field(default_factory=dict)

    def text(self, value: str) -> str:
        return f"{self._placeholder(value)}::text"

    def day(self, offset: int) -> str:
        """The day of `as_of` in UTC, `offset` days later."""
        return f"(%(today)s::date + {offset:d})" if offset else "%(today)s::date"

    def _placeholder(self, value: Any) -> str:
        for name, known in self.values.items():
            if name.startswith("text_") and known == value:
                return f"%({name})s"
        name = f"text_{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"


def double(value: float) -> str:
    """A literal that is exactly this double; 17 digits come back as they went."""
    return f"float8 '{float(value)!r}'"


def finite(expression: str) -> str:
    """As double precision, and null where it is no number or without end."""
    return f"nullif(nullif(nullif(({expression})::float8, 'NaN'), 'Infinity'), '-Infinity')"


def added(terms: Iterable[str]) -> str:
    """Terms summed from left to right: the order decides the last digit."""
    return " + ".join(terms) or double(0)


def listed(items: Iterable[str]) -> str:
    return ", ".join(items)
