"""Judges many rows at once, column by column, where nothing is wrong with any of them: several times faster than row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.ingest.reading.fields import FURTHER
from accounts.ingest.reading.judge import NUL, REPLACEMENT, SHEET_ERRORS, UNSTORED
from accounts.ingest.reading.unreadable import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from accounts.ingest.reading.judge import Cell, Judge, Values
    from accounts.ingest.reading.rows import Block

    Columns = dict[str, Sequence[Any]]

_ODD = SHEET_ERRORS | {UNSTORED}


class _Amiss(Exception):
    """Some row has to be looked at by itself."""


def columns_of(judge: Judge, rows: Block) -> Columns | None:
    """The values of the rows by field, each None where its cell is empty; those of further fields together, as dictionaries.

    None when any of the rows is at fault, or may be: judge them one by one then, which says what is wrong. Nothing is remembered of these
    rows but their keys, with the numbers of the rows, so that judging them again comes to the same.
    """
    if judge.numbered or set(map(len, rows.cells)) != {len(judge.header)}:
        return None
    texts = list(zip(*rows.cells, strict=True))
    count = len(rows)
    try:
        found: Columns = {}
        more: Columns = {}
        for field, text, read in judge.constants:
            (more if field.startswith(FURTHER) else found)[field.removeprefix(FURTHER)] = [read(text)] * count
        found |= {cell[1]: _column(judge, cell, texts[cell[0]]) for cell in judge.cells}
        more |= {cell[1]: _column(judge, cell, texts[cell[0]]) for cell in judge.further_cells}
    except (_Amiss, Unreadable):
        return None
    if more:
        found[FURTHER] = list(values_of(more))
    keys = [found.get(part) or [None] * count for part in judge.key]
    is_new = judge.seen.are_new(keys[0] if len(keys) == 1 else zip(*keys, strict=True), rows.numbers)
    return found if is_new else None


def values_of(columns: Mapping[str, Sequence[Any]]) -> Iterator[Values]:
    """The columns row by row, as `Judge.values` gives them: empty cells are left out."""
    names = list(columns)
    if any(None in column for column in columns.values()):
        for row in zip(*columns.values(), strict=True):
            yield {name: value for name, value in zip(names, row, strict=True) if value is not None}
    else:
        for row in zip(*columns.values(), strict=True):
            yield dict(zip(names, row, strict=True))


def _column(judge: Judge, cell: Cell, cells: Sequence[str]) -> Sequence[Any]:
    index, _name, needed, read, memory = cell
    texts = list(map(str.strip, cells))
    whole = "\n".join(texts)
    if NUL in whole or REPLACEMENT in whole or ("#" in whole and not _ODD.isdisjoint(texts)):
        raise _Amiss
    has_empty = "" in texts
    if needed and has_empty:
        raise _Amiss
    longest = judge.longest.get(index)
    if longest is None:
        answers = memory | {text: read(text) for text in {*texts}.difference(memory, ("",))} | {"": None}
        return list(map(answers.__getitem__, texts))
    if len(whole) > longest and max(map(len, texts)) > longest:
        raise _Amiss
    return [text or None for text in texts] if has_empty else texts
