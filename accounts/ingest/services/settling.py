"""Reads a whole file once before its rows are judged: how many there are, and how each column writes numbers and dates."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Any

from accounts.ingest.reading import dates, fields, numbers, table
from accounts.ingest.reading.memory import kept_rows
from accounts.ingest.services import matching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.ingest.reading.readers import Column

DIFFERENT = 20_000  # values of a column; what these do not decide, more of them would not either
OFTEN = 1_000


def settle(
    kind: str, columns: list[Column], content: IO[bytes], reading: Mapping[str, Any]
) -> tuple[list[Column], int]:
    """The columns with decimal sign and order of dates decided from all their values, and the number of rows.

    What was chosen for the column counts most, then what was chosen for the file, then what the values show. A choice that stays open is left empty.
    """
    header = list(reading["header"])
    seen: dict[int, set[str]] = {
        header.index(column.name): set() for column in columns if column.name is not None and _varies(kind, column)
    }
    open_sets, widest, count = list(seen.items()), max(seen, default=-1) + 1, 0
    how = {name: reading[name] for name in ("encoding", "delimiter")}
    with kept_rows(), table.opened(content, **how, header_row=reading.get("header_row", 1)) as rows:
        next(rows, None)
        while some := rows.take(OFTEN).cells:
            count += len(some)
            if min(map(len, some)) < widest:
                some = [[*cells, *[""] * (widest - len(cells))] for cells in some]
            for index, values in open_sets:
                values.update(map(itemgetter(index), some))
            open_sets = [(index, values) for index, values in open_sets if len(values) < DIFFERENT]
    values_of = {index: {value.strip() for value in values} - {""} for index, values in seen.items()}
    return [_settled(kind, column, values_of, header, reading) for column in columns], count


def _varies(kind: str, column: Column) -> bool:
    return (column.reading or matching.field_of(kind, column).reads) in (
        fields.MONEY,
        fields.NUMBER,
        fields.DATE,
        fields.MOMENT,
    )


def _settled(
    kind: str, column: Column, seen: Mapping[int, set[str]], header: list[str], reading: Mapping[str, Any]
) -> Column:
    if column.name is None or header.index(column.name) not in seen:
        return column
    values = seen[header.index(column.name)]
    if (column.reading or matching.field_of(kind, column).reads) in (fields.DATE, fields.MOMENT):
        return replace(column, order=column.order or reading["date_order"] or dates.decide(values).first)
    return replace(column, decimal=column.decimal or reading["decimal"] or numbers.decide(values).decimal)
