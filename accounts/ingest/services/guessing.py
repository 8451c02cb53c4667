"""How a file is read: guessed from its first rows, and what may be chosen instead."""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from accounts.ingest.reading import dates, numbers, table, workbook
from accounts.ingest.services.refusals import CannotImport
from cshub.db.active import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOOKED_AT = 2_000
CHOICES = frozenset(
    {"encoding", "delimiter", "decimal", "date_order", "currency", "reference_on", "header_row", "sheet"}
)
STRUCTURE = ("encoding", "delimiter", "header_row", "sheet")


def guess_reading(
    content: IO[bytes], *, encoding: str = "", delimiter: str = "", header_row: int = 0
) -> dict[str, Any]:
    """Encoding, delimiter, header and some values of each column; what is given is not guessed. Raises UnusableFile."""
    content.seek(0)
    encoding = encoding or table.guess_encoding(content)
    if not delimiter:
        content.seek(0)
        delimiter = table.guess_delimiter(content.read(table.SAMPLE).decode(encoding, errors="replace"))
    header_row = header_row or table.guess_header_row(content, encoding=encoding, delimiter=delimiter)
    header = table.read_header(content, encoding=encoding, delimiter=delimiter, header_row=header_row)
    with table.opened(content, encoding=encoding, delimiter=delimiter, header_row=header_row) as rows:
        sample = [row.cells for row in islice(rows, 1, LOOKED_AT)]
    seen = {
        name: _distinct(row[index].strip() for row in sample if index < len(row)) for index, name in enumerate(header)
    }
    return {
        "encoding": encoding,
        "delimiter": delimiter,
        "header_row": header_row,
        "header": header,
        "seen": seen,
        "decided": {
            name: {"decimal": numbers.decide(values).decimal, "order": dates.decide(values).first}
            for name, values in seen.items()
        },
        "decimal": "",
        "date_order": "",
    }


def table_of(content: IO[bytes], *, sheet: str = "", **given: Any) -> dict[str, Any]:
    """How a file is read: a text file as it stands, a workbook by one of its sheets, which is kept as CSV beside it."""
    if not workbook.is_workbook(content):
        return guess_reading(content, **given)
    with workbook.opened_sheet(content, wanted=sheet) as found:
        reading = guess_reading(
            found.content,
            encoding=workbook.ENCODING,
            delimiter=workbook.DELIMITER,
            header_row=given.get("header_row", 0),
        )
        found.content.seek(0)
        kept = default_storage.save(f"{ACTIVE.schema}/imports/{uuid4().hex}", File(found.content))
    return reading | {"sheet": found.name, "sheets": found.names, "notes": found.notes, "table_stored_as": kept}


def check_choices(wanted: Mapping[str, Any]) -> None:
    if wanted.get("reference_on"):
        try:
            date.fromisoformat(wanted["reference_on"])
        except ValueError as error:
            raise CannotImport(
                _("“%(value)s” is not a date. Write it like 2027-01-14.") % {"value": wanted["reference_on"]},
                field="reference_on",
            ) from error
    if wanted.get("currency") and not (
        len(wanted["currency"]) == 3 and wanted["currency"].isascii() and wanted["currency"].isupper()
    ):
        raise CannotImport(
            _("“%(value)s” is not a currency. Use a code of three letters such as EUR.")
            % {"value": wanted["currency"]},
            field="currency",
        )
    _check_structure(wanted)
    if wanted.get("decimal", "") not in ("", ".", ","):
        raise CannotImport(_("The decimal sign is “.” or “,”."), field="decimal")
    if wanted.get("date_order", "") not in ("", dates.DAY_FIRST, dates.MONTH_FIRST):
        raise CannotImport(_("Choose whether the day or the month comes first."), field="date_order")


def _check_structure(wanted: Mapping[str, Any]) -> None:
    if not 1 <= wanted.get("header_row", 1) <= table.HEADER_WITHIN:
        raise CannotImport(_("The names of the columns stand in one of the first 20 rows."), field="header_row")
    if "delimiter" in wanted and len(wanted["delimiter"]) != 1:
        raise CannotImport(_("The separator is one character, such as “;”."), field="delimiter")
    try:
        "".encode(wanted.get("encoding", "utf-8"))
    except LookupError as error:
        raise CannotImport(
            _("There is no encoding “%(value)s”.") % {"value": wanted["encoding"]}, field="encoding"
        ) from error


def _distinct(values: Iterator[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value]
