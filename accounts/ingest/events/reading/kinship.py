"""Whose an ID is in the end, when earlier IDs turned out to be somebody's, and those somebody else's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Kin:
    """A user by number: whose earlier ID it is (None: nobody's), and what tells two users apart in every order of arrival."""

    alias_of: int | None
    known_by: tuple[str, bool]


def persons(kin: Mapping[int, Kin], outside: Mapping[int, int]) -> dict[int, int]:
    """For each user of `kin` the one who stands for the person; `outside` tells it of everybody else.

    It is the last in the line of earlier IDs. IDs that are each other's earlier ones go in a circle, whose first by ID stands for all.
    """
    found: dict[int, int] = {}
    for start in kin:
        line: dict[int, None] = {}
        here: int | None = start
        while here is not None and here in kin and here not in found and here not in line:
            line[here] = None
            here = kin[here].alias_of
        if here is None:
            person = next(reversed(line))
        elif here in line:
            on_line = list(line)
            person = min(on_line[on_line.index(here) :], key=lambda user: kin[user].known_by)
        else:
            person = found[here] if here in found else outside[here]
        found |= dict.fromkeys(line, person)
    return found
