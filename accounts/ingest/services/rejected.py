"""Gives rejected rows back as a file: the original rows and what is wrong with each, in the encoding they came in."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from django.utils.translation import gettext

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from accounts.ingest.models import ImportBatch

ROWS_A_STEP = 2_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def rejected_file(batch: ImportBatch) -> Iterator[bytes]:
    """The rows that have to wait, as CSV with the file's delimiter and encoding; cells that a spreadsheet would run start with an apostrophe."""
    header = [*batch.reading["header"], gettext("Row"), gettext("Column"), gettext("Problem and how to fix it")]
    encoding = batch.reading["encoding"]
    if encoding == "utf-16":  # one byte order mark, at the start
        yield "\ufeff".encode("utf-16-le")
        encoding = "utf-16-le"
    yield _line(header, batch).encode(encoding, errors="replace")
    if encoding == "utf-8-sig":
        encoding = "utf-8"
    width, last = len(batch.reading["header"]), 0
    while rows := list(batch.rejected_rows.filter(row_number__gt=last).order_by("row_number")[:ROWS_A_STEP]):
        for row in rows:
            cells = [*row.original, *[""] * (width - len(row.original)), str(row.row_number), row.column, row.problem]
            yield _line(cells, batch).encode(encoding, errors="replace")
        last = rows[-1].row_number


def defused(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula, also behind leading blanks."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS[:4]) else text


def _line(cells: Sequence[str], batch: ImportBatch) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=batch.reading["delimiter"]).writerow([defused(cell) for cell in cells])
    return text.getvalue()
