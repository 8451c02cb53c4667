"""Reads a whole file once before its rows are judged: how many there are, and how each column writes numbers and dates."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

from accounts.ingest.reading import dates, fields, numbers, table
from accounts.ingest.services import matching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.ingest.reading.readers import Column

DIFFERENT = 20_000


def settle(
    kind: str, columns: list[Column], content: IO[bytes], reading: Mapping[str, Any]
) -> tuple[list[Column], int]:
    """The columns with decimal sign and order of dates decided from all their values, and the number of rows.

    What was chosen for the column counts most, then what was chosen for the file, then what the values show. A choice that stays open is left empty.
    """
    header = list(reading["header"])
    wanted = {
        header.index(column.name): column for column in columns if column.name is not None and _varies(kind, column)
    }
    seen: dict[int, Counter[str]] = {index: Counter() for index in wanted}
    count = 0
    with table.opened(
        content, encoding=reading["encoding"], delimiter=reading["delimiter"], header_row=reading.get("header_row", 1)
    ) as rows:
        next(rows, None)
        for row in rows:
            count += 1
            for index, values in seen.items():
                if (
                    index < len(row.cells)
                    and (value := row.cells[index].strip())
                    and (value in values or len(values) < DIFFERENT)
                ):
                    values[value] += 1
    return [_settled(kind, column, seen, header, reading) for column in columns], count


def _varies(kind: str, column: Column) -> bool:
    return (column.reading or matching.field_of(kind, column).reads) in (
        fields.MONEY,
        fields.NUMBER,
        fields.DATE,
        fields.MOMENT,
    )


def _settled(
    kind: str, column: Column, seen: Mapping[int, Counter[str]], header: list[str], reading: Mapping[str, Any]
) -> Column:
    if column.name is None or header.index(column.name) not in seen:
        return column
    values = seen[header.index(column.name)]
    if (column.reading or matching.field_of(kind, column).reads) in (fields.DATE, fields.MOMENT):
        return replace(column, order=column.order or reading["date_order"] or dates.decide(values).first)
    return replace(column, decimal=column.decimal or reading["decimal"] or numbers.decide(values).decimal)
