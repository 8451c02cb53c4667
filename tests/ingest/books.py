"""Workbooks for tests of the import, written as people's spreadsheet programs write them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def book(*rows: Sequence[Any], name: str = "Customers", then: Callable[[Any, Any], None] | None = None) -> bytes:
    """A workbook whose first sheet has these rows; `then` may write on with the workbook and the sheet."""
    file = BytesIO()
    workbook = xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "dd.mm.yyyy"})
    sheet = workbook.add_worksheet(name)
    for place, row in enumerate(rows):
        sheet.write_row(place, 0, row)
    if then is not None:
        then(workbook, sheet)
    workbook.close()
    return file.getvalue()
