"""Judges rows: each becomes values ready to be stored, or a rejection that names column, value and remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.reading.fields import FURTHER, Field
from accounts.ingest.reading.readers import Column, Surroundings, reader
from accounts.ingest.reading.seen import Seen
from accounts.ingest.reading.unreadable import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from accounts.ingest.reading.table import Row

    Values = dict[str, Any]

LONGEST_SHOWN = 500
SHEET_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"})
UNSTORED = "#FORMULA!"
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
        self.cells = [
            (
                header.index(column.name),
                column.field,
                by_name[column.field].needed,
                reader(by_name[column.field], column, around),
            )
            for column in columns
            if column.name is not None
        ]
        self.constants: list[tuple[str, str, Callable[[str], Any]]] = [
            (column.field, column.value, reader(by_name[column.field], column, around))
            for column in columns
            if column.name is None
        ]
        self.seen = Seen()
        self.counts: dict[Any, int] = {}

    def values(self, row: Row) -> Values | Rejection:
        """The values of one row by field, further fields under their full names; empty cells are left out."""
        if row.broken:
            return self.rejection(
                row, "", "", "unclosed_quote", _("A quote opens here and never closes. Close it, or take it out.")
            )
        if len(row.cells) > len(self.header):
            return self._too_long(row)
        found: Values = {field: read(text) for field, text, read in self.constants}
        whole = "".join(row.cells)
        is_odd = NUL in whole or REPLACEMENT in whole or "#" in whole  # once a row, not once a cell
        for index, field, needed, read in self.cells:
            text = row.cells[index].strip() if index < len(row.cells) else ""
            if not text:
                if needed:
                    return self.rejection(
                        row,
                        self.header[index],
                        "",
                        "missing_value",
                        _("This cell is empty, and every row needs it. Fill it in."),
                    )
                continue
            try:
                found[field] = self._read(text, read) if is_odd else read(text)
            except Unreadable as problem:
                return self.rejection(row, self.header[index], text, problem.code, problem.text)
        return self._once(row, found)

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
        key = tuple(found.get(part) for part in self.key) if len(self.key) > 1 else found.get(self.key[0])
        earlier = self.seen.setdefault(key, row.number)
        if earlier == row.number:
            return found
        problem = _("Same key as row %(row)s. Keep one of the two rows.") % {"row": earlier}
        shown = ", ".join(str(found.get(part, "")) for part in self.key)
        return self.rejection(row, self.names.get(self.key[0], ""), shown, "duplicate_key", problem)


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


def further(values: Values) -> Values:
    """The further fields of a row by their keys."""
    return {name.removeprefix(FURTHER): value for name, value in values.items() if name.startswith(FURTHER)}
