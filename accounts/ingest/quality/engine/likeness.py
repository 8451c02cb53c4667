"""Compares names by the groups of three letters they share, each with its neighbors in sorted order only."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Key = TypeVar("Key")


def likeness(one: str, other: str) -> float:
    """The groups of three letters both names hold as a share of those either holds (Jaccard), 0 to 1; 1 for equal names."""
    return 1.0 if one == other else _share(_threes(one), _threes(other))


def neighbors_alike(
    names: Sequence[tuple[Key, str]], *, neighbors: int, at_least: float
) -> Iterator[tuple[Key, Key, float]]:
    """Pairs of keys whose names are alike by `at_least`, with their likeness.

    Each name is compared with the `neighbors` names behind it, once sorted from the front and once from the back, so a slip of the pen
    anywhere in a name leaves the two close in one of the orders. 2·n·neighbors comparisons; a pair may come twice.
    """
    for text in (_forward, _backward):
        yield from _pass(sorted(names, key=lambda row: text(row[1])), neighbors, at_least)


def _pass(names: Iterable[tuple[Key, str]], neighbors: int, at_least: float) -> Iterator[tuple[Key, Key, float]]:
    before: deque[tuple[Key, str, frozenset[str]]] = deque(maxlen=neighbors)
    for key, name in names:
        threes = _threes(name)
        for other, other_name, other_threes in before:
            alike = 1.0 if name == other_name else _share(threes, other_threes)
            if alike >= at_least:
                yield other, key, alike
        before.append((key, name, threes))


def _threes(name: str) -> frozenset[str]:
    text = f"  {name} "
    return frozenset(text[place : place + 3] for place in range(len(text) - 2))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def _forward(name: str) -> str:
    return name


def _backward(name: str) -> str:
    return name[::-1]
