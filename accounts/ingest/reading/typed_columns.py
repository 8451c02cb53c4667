"""Reads typed values a column at a time: what all of a column's values have in common is looked at once, not once for each."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from accounts.ingest.reading import fields
from accounts.ingest.reading.typed import typed_reader
from accounts.ingest.reading.unreadable import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from accounts.ingest.reading.fields import Field
    from accounts.ingest.reading.typed import Read

    Quick = Callable[[Sequence[Any]], list[Any]]
    Problems = dict[int, Unreadable]
    ReadColumn = Callable[[Sequence[Any]], tuple[list[Any], Problems]]

_TOO_LARGE = 10**15


def column_reader(field: Field, people: Mapping[str, UUID]) -> ReadColumn:
    """A function from a column's JSON values to what `typed_reader` makes of each, None where nothing was given, and problems by place."""
    read = typed_reader(field, people)
    quick = _QUICK.get(field.reads, _by_text)(field, read)

    def read_column(column: Sequence[Any]) -> tuple[list[Any], Problems]:
        try:
            return _given_ones(quick, column), {}
        except (TypeError, ValueError, Unreadable):
            return _one_by_one(read, column)

    return read_column


def _given_ones(quick: Quick, column: Sequence[Any]) -> list[Any]:
    if None not in column:
        return quick(column)
    given = [value for value in column if value is not None]
    values = iter(quick(given) if given else ())
    return [None if value is None else next(values) for value in column]


def _one_by_one(read: Read, column: Sequence[Any]) -> tuple[list[Any], Problems]:
    values: list[Any] = [None] * len(column)
    problems: Problems = {}
    for place, value in enumerate(column):
        if value is not None:
            try:
                taken = read(value)
            except Unreadable as problem:
                problems[place] = problem
            else:
                values[place] = None if taken == "" else taken
    return values, problems


# Each of these raises TypeError, ValueError or Unreadable where the values have to be looked at one by one.


def _texts(field: Field, _read: Read) -> Quick:
    def quick(column: Sequence[Any]) -> list[Any]:
        texts = list(map(str.strip, column))
        whole = "".join(column)
        if "\0" in whole or max(map(len, texts)) > field.longest:
            raise ValueError
        if not whole.isascii():
            whole.encode()
        return texts if all(texts) else [text or None for text in texts]

    return quick


def _by_text(_field: Field, read: Read) -> Quick:
    """What the same text says it always says; True and 1 are not the same, so only texts are remembered."""

    def quick(column: Sequence[Any]) -> list[Any]:
        if set(map(type, column)) != {str}:
            raise TypeError
        meanings = {text: read(text) for text in set(column)}
        return [meanings[text] for text in column]

    return quick


def _numbers(_field: Field, _read: Read) -> Quick:
    def quick(column: Sequence[Any]) -> list[Any]:
        kinds = set(map(type, column))
        if not kinds <= {int, float} or not -_TOO_LARGE < min(column) <= max(column) < _TOO_LARGE:
            raise ValueError
        if kinds == {int}:
            return list(map(Decimal, column))
        if not all(map(math.isfinite, column)):
            raise ValueError
        return [Decimal(str(value)) for value in column]

    return quick


def _wholes(field: Field, _read: Read) -> Quick:
    def quick(column: Sequence[Any]) -> list[Any]:
        if set(map(type, column)) != {int} or not 0 <= min(column) <= max(column) <= field.longest:
            raise ValueError
        return list(column)

    return quick


_QUICK: dict[str, Callable[[Field, Read], Quick]] = {
    fields.TEXT: _texts,
    fields.KEY: _texts,
    fields.NUMBER: _numbers,
    fields.WHOLE: _wholes,
}
