"""The rows of an opened file: one at a time, or many as they stand, which costs a third."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple, overload


class Row(NamedTuple):
    """One row as it stands in the file; `number` counts as spreadsheets do, the header being 1. `broken` says why it could not be taken apart."""

    number: int
    cells: list[str]
    broken: str = ""


class Block(Sequence[Row]):
    """Rows that come one after the other: their numbers, their `cells`, and the numbers of those that could not be taken apart."""

    def __init__(self, numbers: Sequence[int], cells: Sequence[list[str]], broken: Sequence[int] = ()) -> None:
        self.numbers, self.cells, self._broken = numbers, cells, broken

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[Row]:
        return map(self.__getitem__, range(len(self))) if self._broken else map(Row, self.numbers, self.cells)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return Block(self.numbers[place], self.cells[place], self._broken)
        number = self.numbers[place]
        return Row(number, self.cells[place], "unclosed_quote" if number in self._broken else "")


class Rows(Iterator[Row]):
    """What a reader of CSV still has to give, from the row with the number `first` on. Empty rows are left out, and counted."""

    def __init__(self, reader: Iterator[list[str]], first: int = 1) -> None:
        self._reader, self._number = reader, 0
        while self._number < first - 1 and self._read(1)[0]:
            pass

    def __next__(self) -> Row:
        block = self.take(1)
        if not block:
            raise StopIteration
        return block[0]

    def take(self, count: int) -> Block:
        """The next rows, at most so many; none at the end of the file."""
        while True:
            before = self._number
            cells, broken = self._read(count)
            numbers = range(before + 1, self._number + 1)
            if not cells or min(map(len, cells)) > 1:
                return Block(numbers, cells, broken)
            given = [
                place
                for place, row in enumerate(cells)
                if len(row) > 1 or "".join(row).strip() or numbers[place] in broken
            ]
            if given:
                return Block([numbers[place] for place in given], [cells[place] for place in given], broken)

    def _read(self, count: int) -> tuple[list[list[str]], Sequence[int]]:
        """The next rows with the empty ones, up to one that cannot be taken apart, and the number of that one."""
        cells: list[list[str]] = []
        broken: Sequence[int] = ()
        try:
            cells.extend(islice(self._reader, count))
        except csv.Error:
            cells.append([])
            broken = (self._number + len(cells),)
        self._number += len(cells)
        return cells, broken
