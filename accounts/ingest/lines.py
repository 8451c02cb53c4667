"""Lines for staging, kept a column at a time: most of what is done with them is done to columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

Line = tuple[Any, ...]


class Lines(Sequence[Line]):
    """Lines as tuples for whoever wants them, and their `columns`, of which there is at least one."""

    def __init__(self, columns: Sequence[Sequence[Any]]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0])

    def __iter__(self) -> Iterator[Line]:
        return zip(*self.columns, strict=True)

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Line]: ...
    def __getitem__(self, place: int | slice) -> Line | Sequence[Line]:
        if isinstance(place, slice):
            return Lines([column[place] for column in self.columns])
        return tuple(column[place] for column in self.columns)


def columns_of(lines: Sequence[Line]) -> Sequence[Sequence[Any]]:
    """The columns of lines that are kept either way; none where there are no lines."""
    return lines.columns if isinstance(lines, Lines) else list(zip(*lines, strict=True))


def are_different(columns: Sequence[Sequence[Any]]) -> bool:
    """Whether no two lines say the same in these columns. What all lines say alike tells none of them apart."""
    telling = [column for column in columns if len(set(column)) > 1]
    return len(columns[0]) == (len(set(zip(*telling, strict=True))) if telling else 1)
