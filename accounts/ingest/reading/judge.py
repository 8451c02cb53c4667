"""Judges rows: each becomes values ready to be stored, or a rejection that names column, value and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.reading.fields import FURTHER, KEY, TEXT, Field
from accounts.ingest.reading.readers import Column, Surroundings, reader
from accounts.ingest.reading.seen import Seen
from accounts.ingest.reading.unreadable import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from accounts.ingest.reading.readers import Read
    from accounts.ingest.reading.rows import Row

    Values = dict[str, Any]
    Cell = tuple[int, str, bool, Read, dict[str, Any]]

LONGEST_SHOWN = 500
SHEET_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"})
UNSTORED = "#FORMULA!"
NONE: Mapping[str, Any] = MappingProxyType({})
NUL, REPLACEMENT = "\0", "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Rejection:
    """A row that has to wait."""

    row_number: int
    column: str
    value: str
    code: str
    problem: str
    original: list[str]


class Judge:
    """Knows the matched columns of one file, and every key it has seen."""

    def __init__(
        self,
        header: Sequence[str],
        columns: Sequence[Column],
        known: Sequence[Field],
        key: Sequence[str],
        around: Surroundings,
        numbered: str = "",
    ) -> None:
        self.header = header
        self.key = key
        self.numbered = numbered
        self.names = {column.field: column.name or "" for column in columns}
        by_name = {field.name: field for field in known}
        self.cells: list[Cell] = []
        self.further_cells: list[Cell] = []
        self.constants: list[tuple[str, str, Read]] = []
        self.longest: dict[int, int] = {}  # of columns whose texts are taken as they are
        for column in columns:
            field = by_name[column.field]
            read, memory = reader(field, column, around)
            if column.name is None:
                self.constants.append((column.field, column.value, read))
            else:
                cells = self.further_cells if column.field.startswith(FURTHER) else self.cells
                name = column.field.removeprefix(FURTHER)
                cells.append((index := header.index(column.name), name, field.needed, read, memory))
                if (column.reading or field.reads) in (TEXT, KEY) and not column.values:
                    self.longest[index] = field.longest
        self.widest = 1 + max((index for index, *_rest in self.cells + self.further_cells), default=-1)
        self.key_of = _key_of(key)
        self.seen = Seen()
        self.counts: dict[Any, int] = {}

    def values(self, row: Row) -> Values | Rejection:
        """The values of one row by field, those of further fields together (see `further`); empty cells are left out."""
        if row.broken:
            return self.rejection(
                row, "", "", "unclosed_quote", _("A quote opens here and never closes. Close it, or take it out.")
            )
        cells = row.cells
        if len(cells) > len(self.header):
            return self._too_long(row)
        if len(cells) < self.widest:
            cells = [*cells, *[""] * (self.widest - len(cells))]
        found: Values = self._constants() if self.constants else {}
        whole = "".join(cells)
        is_odd = NUL in whole or REPLACEMENT in whole or "#" in whole  # once a row, not once a cell
        refused = self._take(row, cells, self.cells, found, is_odd)
        if self.further_cells and refused is None:
            refused = self._take(row, cells, self.further_cells, found.setdefault(FURTHER, {}), is_odd)
        return refused or self._once(row, found)

    def rejection(self, row: Row, column: str, value: str, code: str, problem: object) -> Rejection:
        original = [cell.replace(NUL, REPLACEMENT) for cell in row.cells]
        return Rejection(
            row.number, column[:200], value.replace(NUL, REPLACEMENT)[:LONGEST_SHOWN], code, str(problem), original
        )

    def rejection_at(self, row: Row, field: str, code: str, problem: object) -> Rejection:
        """A rejection at the column that goes to `field`."""
        column = self.names.get(field, "")
        index = self.header.index(column) if column else len(row.cells)
        return self.rejection(row, column, row.cells[index].strip() if index < len(row.cells) else "", code, problem)

    def _constants(self) -> Values:
        found: Values = {}
        for field, text, read in self.constants:
            if field.startswith(FURTHER):
                found.setdefault(FURTHER, {})[field.removeprefix(FURTHER)] = read(text)
            else:
                found[field] = read(text)
        return found

    def _take(
        self, row: Row, cells: Sequence[str], wanted: Sequence[Cell], found: Values, is_odd: bool
    ) -> Rejection | None:
        """Put what the cells say into `found`; the first that cannot be read is the row's rejection."""
        for index, name, needed, read, memory in wanted:
            text = cells[index].strip()
            if not text:
                if needed:
                    return self._missing(row, index)
                continue
            value = memory.get(text)
            if value is None:
                try:
                    value = self._read(text, read) if is_odd else read(text)
                except Unreadable as problem:
                    return self.rejection(row, self.header[index], text, problem.code, problem.text)
            found[name] = value
        return None

    def _missing(self, row: Row, index: int) -> Rejection:
        problem = _("This cell is empty, and every row needs it. Fill it in.")
        return self.rejection(row, self.header[index], "", "missing_value", problem)

    def _read(self, text: str, read: Callable[[str], Any]) -> Any:
        if NUL in text:
            raise Unreadable("nul_bytes", _("The value contains NUL bytes. Save the file again as plain text."))
        if REPLACEMENT in text:
            raise Unreadable(
                "unreadable_text",
                _("The value has characters that this encoding does not know. Choose another encoding for the file."),
            )
        if text.startswith("#") and (text == UNSTORED or text in SHEET_ERRORS):
            raise Unreadable("formula", _formula_problem(text))
        return read(text)

    def _too_long(self, row: Row) -> Rejection:
        extra = row.cells[len(self.header)]
        problem = _(
            "This row has %(count)s values, and the header %(width)s. Take out the extra separator, or put the value into quotes."
        )
        return self.rejection(
            row, "", extra, "row_too_long", problem % {"count": len(row.cells), "width": len(self.header)}
        )

    def _once(self, row: Row, found: Values) -> Values | Rejection:
        if self.numbered and self.numbered not in found:
            number_within(self.key, self.numbered, found, self.counts)
        key = self.key_of(found)
        earlier = self.seen.setdefault(key, row.number)
        if earlier == row.number:
            return found
        problem = _("Same key as row %(row)s. Keep one of the two rows.") % {"row": earlier}
        shown = ", ".join(str(found.get(part, "")) for part in self.key)
        return self.rejection(row, self.names.get(self.key[0], ""), shown, "duplicate_key", problem)


def _key_of(key: Sequence[str]) -> Callable[[Values], Any]:
    if len(key) == 1:
        (name,) = key
        return lambda found: found.get(name)
    return lambda found: tuple(map(found.get, key))


def number_within(key: Sequence[str], numbered: str, values: Values, counts: dict[Any, int]) -> None:
    """Give the row the next number among those with the same key: the second line of an order is number 2."""
    rest = tuple(values.get(part) for part in key if part != numbered)
    values[numbered] = counts[rest] = counts.get(rest, 0) + 1


def _formula_problem(text: str) -> object:
    if text == UNSTORED:
        return _(
            "This cell holds a formula whose result is not stored. Open the workbook, save it, and upload it again."
        )
    return _("The spreadsheet shows the error %(error)s here. Mend the formula, or write the value.") % {"error": text}


def further(values: Values) -> Mapping[str, Any]:
    """The further fields of a row by their keys."""
    found: Mapping[str, Any] = values.get(FURTHER, NONE)
    return found
