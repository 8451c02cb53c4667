"""Remembers the keys of a file in little memory: 12 bytes a key instead of some 200, so that a million rows take what a thousand do."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEW = 1 << 12
FULL = 0.6


class Seen:
    """Which row had a key first. Keys are kept as 64-bit hashes: two of a million keys share one in 1 of 37 million files."""

    def __init__(self) -> None:
        self._count = 0
        self._make(FEW)

    def expect(self, count: int) -> None:
        """Make room for that many keys at once: room that doubles would be there twice for a moment. Nothing may have been seen yet."""
        if count > FULL * FEW:
            self._make(1 << int(count / FULL).bit_length())

    def setdefault(self, key: Any, row_number: int) -> int:
        """The number of the row that had this key first; this one, if none had."""
        mark = hash(key) or 1
        place = mark & self._mask
        marks = self._marks
        while kept := marks[place]:
            if kept == mark:
                return self._rows[place]
            place = (place + 1) & self._mask
        marks[place], self._rows[place] = mark, row_number
        self._count += 1
        if self._count > FULL * len(marks):
            self._grow()
        return row_number

    def are_new(self, keys: Iterable[Any], row_numbers: Sequence[int]) -> bool:
        """Remember keys of many rows: whether none of them had been seen in another row. At the first that had, the rest is left."""
        while self._count + len(row_numbers) > FULL * len(self._marks):
            self._grow()
        marks, rows, mask = self._marks, self._rows, self._mask
        for key, row_number in zip(keys, row_numbers, strict=True):
            mark = hash(key) or 1
            place = mark & mask
            while kept := marks[place]:
                if kept == mark:
                    break
                place = (place + 1) & mask
            if not kept:
                marks[place], rows[place] = mark, row_number
                self._count += 1
            elif rows[place] != row_number:
                return False
        return True

    def _make(self, size: int) -> None:
        self._marks, self._rows, self._mask = array("q", [0]) * size, array("I", [0]) * size, size - 1

    def _grow(self) -> None:
        pairs = zip(self._marks, self._rows, strict=True)
        self._make(2 * len(self._marks))
        for mark, row_number in pairs:
            if mark:
                place = mark & self._mask
                while self._marks[place]:
                    place = (place + 1) & self._mask
                self._marks[place], self._rows[place] = mark, row_number
