"""Opens a file as a table: encoding, delimiter, header, and rows one at a time."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import chardet
from django.utils.translation import gettext_lazy as _

from accounts.ingest.reading.rows import Rows
from accounts.ingest.reading.unreadable import UnusableFile, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.ingest.reading.rows import Row

DELIMITERS = ",;\t|"
SAMPLE = 256 * 1024
# What spreadsheets and business systems write. Left in, the code pages of old Macs win over Windows-1252 for German.
PLAUSIBLE = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "iso8859-2", "cp852", "cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866",
    "cp1252", "iso8859-1", "iso8859-15", "cp1253", "iso8859-7", "cp1254", "iso8859-9", "cp1255", "cp1256", "iso8859-6", "cp1257", "cp1258",
    "cp932", "euc-jp", "cp949", "euc-kr", "gb18030", "big5", "tis-620",
)  # fmt: skip
MOST_COLUMNS = 500
HEADER_WITHIN, BELOW = 20, 20
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf", b"SQLite format 3")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")


def guess_encoding(file: IO[bytes]) -> str:
    """The encoding of the whole file. Raises UnusableFile for what is no text."""
    head = file.read(SAMPLE)
    if not head.strip():
        raise UnusableFile(_("The file is empty. Export it again with a header and rows."), code="empty_file")
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    _refuse_binary(head)
    if _is_utf8(head, file):
        return "utf-8"
    file.seek(0)
    found = chardet.detect(file.read(SAMPLE), include_encodings=PLAUSIBLE)["encoding"] or "windows-1252"
    try:
        return codecs.lookup(found).name
    except LookupError:
        return "cp1252"


def guess_delimiter(text: str) -> str:
    """The character between values, from the first lines of the file."""
    lines = text.splitlines()
    sample = "\n".join(lines[:-1] if len(lines) > 1 else lines)
    try:
        return csv.Sniffer().sniff(sample[:65536], DELIMITERS).delimiter
    except csv.Error:
        counts = Counter(letter for letter in (lines[0] if lines else "") if letter in DELIMITERS)
        return counts.most_common(1)[0][0] if counts else ","


def guess_header_row(file: IO[bytes], *, encoding: str, delimiter: str) -> int:
    """The number of the row that names the columns: the first one, unless titles or groups of columns stand above it.

    A header is about as wide as the rows below it. Groups of columns leave gaps or repeat themselves, and have the wider header below.
    """
    with opened(file, encoding=encoding, delimiter=delimiter) as rows:
        top = list(rows.take(HEADER_WITHIN + BELOW))
    width = Counter(_width(row) for row in top).most_common(1)[0][0] if top else 0
    for row, below in zip(top, [*top[1:], None], strict=False):
        is_wide = row.number <= HEADER_WITHIN and _width(row) >= max(2, 0.7 * width)
        if is_wide and not (below is not None and _is_group(row, below)):
            return row.number
    return top[0].number if top and top[0].number <= HEADER_WITHIN else 1


def read_header(file: IO[bytes], *, encoding: str, delimiter: str, header_row: int = 1) -> list[str]:
    """The names of the columns; unnamed and repeated ones get a number. Raises UnusableFile for what is no table."""
    with opened(file, encoding=encoding, delimiter=delimiter, header_row=header_row) as rows:
        first = next(rows, None)
        if first is None or not any(cell.strip() for cell in first.cells):
            raise UnusableFile(_("The first row is empty. Put the names of the columns there."), code="no_header")
        if first.broken or len(first.cells) > MOST_COLUMNS or any(_CONTROLS.search(cell) for cell in first.cells):
            raise UnusableFile(
                _("The first row does not read as names of columns. Save the file as CSV and try again."),
                code="not_a_table",
            )
        if len(first.cells) == 1:
            _refuse_prose(first.cells[0])
        if next(rows, None) is None:
            raise UnusableFile(
                _("The file has a header and no rows. Export it again with its rows."), code="empty_file"
            )
    return _names(first.cells)


@contextmanager
def opened(file: IO[bytes], *, encoding: str, delimiter: str, header_row: int = 1) -> Iterator[Rows]:
    """The rows of the file from the header on, read as they are asked for."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        yield Rows(csv.reader(text, delimiter=delimiter), first=header_row)
    finally:
        text.detach()


def _width(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row.cells)


def _is_group(row: Row, below: Row) -> bool:
    names = [cell.strip() for cell in row.cells]
    while names and not names[-1]:
        names.pop()
    has_gaps = "" in names and _width(below) > _width(row)
    repeats = len(set(names)) <= len(names) / 2
    return (has_gaps or repeats) and len({cell.strip() for cell in below.cells}) == len(below.cells)


def _refuse_binary(head: bytes) -> None:
    if head.startswith((_WORKBOOK, _OLD_WORKBOOK)):
        raise UnusableFile(
            _(
                "This is no workbook that can be opened: it is protected, of an old kind, or something else. Save it as XLSX without a password, or as CSV (UTF-8)."
            ),
            code="not_a_table",
        )
    controls = sum(head.count(bytes([code])) for code in (*range(1, 9), *range(14, 27), *range(28, 32)))
    if head.startswith(_BINARY) or controls > len(head) / 50 or head.count(0) > len(head) / 4:
        raise UnusableFile(
            _("This is no text file. Save your table as CSV (UTF-8) and upload that."), code="not_a_table"
        )


def _refuse_prose(line: str) -> None:
    start = line.lstrip()[:1]
    if start in ("<", "{", "[") or line.count(" ") > 5 or len(line) > 200:
        raise UnusableFile(
            _("This is no table: the first row reads “%(line)s”. Upload a CSV file whose first row names the columns.")
            % {"line": shown(line)},
            code="not_a_table",
        )


def _is_utf8(head: bytes, file: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
        while chunk := file.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _names(cells: list[str]) -> list[str]:
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        wanted = " ".join(cell.split())[:200] or f"Column {position}"
        name, copy = wanted, 2
        while name in names:
            name, copy = f"{wanted} ({copy})", copy + 1
        names.append(name)
    return names
