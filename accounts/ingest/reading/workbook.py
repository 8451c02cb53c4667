"""Opens a workbook (XLSX) as a table: one of its sheets, converted in a process of its own, within limits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.reading.unreadable import UnusableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

ENCODING, DELIMITER = "utf-8-sig", ","
LARGEST_PACKED, LARGEST_UNPACKED = 100 << 20, 512 << 20
MOST_PARTS, HIGHEST_RATIO, SMALL = 2_000, 200, 20 << 20
SECONDS = 180
ROOT = Path(__file__).resolve().parents[3]
_PROBLEMS = {
    "broken": _("This workbook is damaged and cannot be opened. Open it in your spreadsheet program, save it again, and upload that."),
    "no_sheet": _("This workbook has no such sheet. Choose one of: %(sheets)s."),
    "too_large": _("This workbook is too large to open. Save the sheet as CSV (UTF-8) and upload that."),
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """One sheet as CSV (`content`, by ENCODING and DELIMITER), the names of all sheets, and what had to be done to its cells."""

    content: IO[bytes]
    name: str
    names: list[str]
    notes: dict[str, int]


def is_workbook(content: IO[bytes]) -> bool:
    """Whether this is a zip file with a workbook in it."""
    content.seek(0)
    if content.read(4) != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(content) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError):
        return False
    finally:
        content.seek(0)


@contextmanager
def opened_sheet(content: IO[bytes], *, wanted: str = "") -> Iterator[Sheet]:
    """The wanted sheet, or the first one with rows. Raises UnusableFile for what is too large, damaged, or not there."""
    _check_sizes(content)
    with TemporaryDirectory() as folder:
        workbook, out = Path(folder, "workbook.xlsx"), Path(folder, "sheet.csv")
        with workbook.open("wb") as copy:
            content.seek(0)
            copyfileobj(content, copy)
        found = _convert(workbook, out, wanted)
        if problem := found.get("error"):
            names = ", ".join(found.get("sheets", ())) or "–"
            raise UnusableFile(_PROBLEMS[problem] % {"sheets": names}, code="not_a_table")
        with out.open("rb") as sheet:
            yield Sheet(sheet, found["sheet"], found["sheets"], found["notes"])


def _check_sizes(content: IO[bytes]) -> None:
    """Refuse a zip that would unpack to much more than a table is."""
    content.seek(0, os.SEEK_END)
    packed = content.tell()
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise UnusableFile(_PROBLEMS["broken"], code="not_a_table") from error
    unpacked = sum(part.file_size for part in parts)
    is_bomb = unpacked > SMALL and unpacked > HIGHEST_RATIO * max(packed, 1)
    if packed > LARGEST_PACKED or unpacked > LARGEST_UNPACKED or len(parts) > MOST_PARTS or is_bomb:
        raise UnusableFile(_PROBLEMS["too_large"], code="too_large")


def _convert(workbook: Path, out: Path, wanted: str) -> dict[str, Any]:
    """What the converting process says; `too_large` when it had to be ended."""
    command = [sys.executable, "-m", "accounts.ingest.reading.sheet", str(workbook), str(out), wanted]
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    try:
        done = subprocess.run(  # our own module, with paths we made
            command, cwd=ROOT, env=environment, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return {"error": "too_large"}
    if done.returncode != 0:
        return {"error": "too_large" if done.returncode < 0 or b"memory" in done.stderr.lower() else "broken"}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
