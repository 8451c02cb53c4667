"""A fact that has to hold in every tenant, and how to find what breaks it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Invariant:
    """`violations` returns one sentence for each row that breaks the fact; an empty list is good news."""

    name: str
    violations: Callable[[], list[str]]
