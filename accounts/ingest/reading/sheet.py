"""Writes one sheet of a workbook as CSV: a process of its own, so that a hostile workbook can exhaust this one only.

    python -m accounts.ingest.reading.sheet workbook.xlsx out.csv [sheet]

writes what there is to say about the sheet to standard output, as JSON. Dates and numbers keep their types by being written so that nothing else can be read
from them; formulas give the value that was stored with them.
"""

import csv
import json
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, SheetTypeEnum, SheetVisibleEnum, load_workbook

MEMORY, SECONDS = 2 << 30, 120
MOST_CELLS = 25_000_000
MOST_NAMED = 100_000
UNSTORED = "#FORMULA!"
_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"([^>]*)>(.*?)</c>', re.DOTALL)
_VALUE = re.compile(rb"<v>([^<]+)</v>|<is>")
_IS_ERROR = re.compile(rb'\bt="e"')
_CHUNK = 1 << 20


def main(workbook: str, out: str, wanted: str = "") -> dict[str, Any]:
    """Convert, and say what was found; `error` where that is impossible."""
    for limit, value in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        resource.setrlimit(limit, (value, value))
    try:
        with zipfile.ZipFile(workbook) as archive:
            if archive.testzip() is not None:
                return {"error": "broken"}
        book = load_workbook(workbook)
        names = [
            each.name
            for each in book.sheets_metadata
            if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible
        ]
        if not names or (wanted and wanted not in names):
            return {"error": "no_sheet", "sheets": names}
        name, sheet = _first_with_rows(book, [wanted] if wanted else names)
        if sheet.end and (sheet.end[0] + 1) * (sheet.end[1] + 1) > MOST_CELLS:
            return {"error": "too_large"}
        notes = _write(sheet, out, _odd_cells(workbook, book.sheet_names.index(name)))
    except (CalamineError, zipfile.BadZipFile, EOFError, ValueError, RuntimeError, NotImplementedError):
        return {"error": "broken"}
    except MemoryError:
        return {"error": "too_large"}
    return {"sheets": names, "sheet": name, "notes": notes}


def _first_with_rows(book: Any, names: list[str]) -> tuple[str, CalamineSheet]:
    for name in names:
        sheet = book.get_sheet_by_name(name)
        if sheet.end and sheet.end[0]:
            return name, sheet
    return names[0], book.get_sheet_by_name(names[0])


def _write(sheet: CalamineSheet, out: str, odd: dict[int, dict[int, str]]) -> dict[str, int]:
    down, across = _merges(sheet)
    left = sheet.start[1] if sheet.start else 0
    above: list[str] = []
    filled = 0
    with Path(out).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for row, values in enumerate(sheet.iter_rows()):  # from the sheet's first row, but from its first used column
            cells = [""] * left + [_text(value) for value in values]
            for column in down.get(row, ()):
                cells[column] = above[column]
                filled += 1
            for column, text in odd.get(row, {}).items():
                cells += [""] * (column + 1 - len(cells))
                cells[column] = text
            above = cells
            if any(cell.strip() for cell in cells):
                writer.writerow(cells)
            else:
                file.write("\r\n")
    texts = [text for cells_of_row in odd.values() for text in cells_of_row.values()]
    return {
        "filled": filled,
        "across": across,
        "unstored": texts.count(UNSTORED),
        "errors": len(texts) - texts.count(UNSTORED),
    }


def _merges(sheet: CalamineSheet) -> tuple[dict[int, list[int]], int]:
    """Cells to be filled from above by row, for merges of one column; and how many merges span columns (their first cell has the value)."""
    down: dict[int, list[int]] = {}
    across, last = 0, sheet.end[0] if sheet.end else -1
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left != right:
            across += 1
            continue
        for row in range(top + 1, min(bottom, last) + 1):
            down.setdefault(row, []).append(left)
    return down, across


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    plain = format(Decimal(f"{value:.15g}"), "f")
    return plain + "0" if len(plain.partition(".")[2]) == 3 else plain  # 1.234 could be read as a thousand


def _odd_cells(workbook: str, place: int) -> dict[int, dict[int, str]]:
    """Cells that show an error, or hold a formula whose result is not stored; the library gives both as empty."""
    found: dict[int, dict[int, str]] = {}
    with zipfile.ZipFile(workbook) as archive:
        name = _part(archive, place)
        if name is None:
            return found
        with archive.open(name) as part:
            rest = b""
            while (chunk := part.read(_CHUNK)) and len(found) < MOST_NAMED:
                text = rest + chunk
                cut = text.rfind(b"</row>") + 1
                for cell in _CELL.finditer(text, 0, cut or len(text)):
                    _judge(cell, found)
                rest = text[cut:][-(8 * _CHUNK) :]
    return found


def _judge(cell: re.Match[bytes], found: dict[int, dict[int, str]]) -> None:
    letters, number, attributes, inside = cell.groups()
    value = _VALUE.search(inside)
    if _IS_ERROR.search(attributes) and value is not None and value[1]:
        found.setdefault(int(number) - 1, {})[_column(letters)] = value[1].decode("utf-8", "replace")
    elif b"<f" in inside and value is None:
        found.setdefault(int(number) - 1, {})[_column(letters)] = UNSTORED


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1


def _part(archive: zipfile.ZipFile, place: int) -> str | None:
    """The part that holds the sheet at this place of the workbook, by its relationship."""
    book = archive.read("xl/workbook.xml")
    relations = archive.read("xl/_rels/workbook.xml.rels")
    ids = re.findall(rb'<(?:\w+:)?sheet\b[^>]*\b\w+:id="([^"]+)"', book)
    if place >= len(ids):
        return None
    for relation in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", relations):
        if re.search(rb'\bId="' + re.escape(ids[place]) + rb'"', relation) and (
            target := re.search(rb'\bTarget="([^"]+)"', relation)
        ):
            name = target[1].decode().lstrip("/")
            name = name if name.startswith("xl/") else f"xl/{name}"
            return name if name in archive.namelist() else None
    return None


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
