"""Forms of the import: what comes in, how it is read, and which column goes where."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds import KINDS
from accounts.ingest.models import Kind
from accounts.ingest.reading import dates, fields
from accounts.ingest.reading.fields import FURTHER
from accounts.ingest.reading.readers import Column
from accounts.ingest.services import matching
from cshub.l10n import formats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accounts.ingest.models import ImportBatch

ENCODINGS = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "utf-16": "UTF-16", "cp1250": "Windows-1250", "iso8859-2": "ISO 8859-2", "cp1251": "Windows-1251",
    "koi8-r": "KOI8-R", "cp1252": "Windows-1252", "iso8859-1": "ISO 8859-1", "cp1256": "Windows-1256",
}  # fmt: skip
DELIMITERS = {",": _("Comma"), ";": _("Semicolon"), "\t": _("Tab"), "|": _("Vertical bar")}
DECIMALS = {"": _("Decide for each column"), ",": _("Comma (1.234,50)"), ".": _("Point (1,234.50)")}
ORDERS = {
    "": _("Decide for each column"),
    dates.DAY_FIRST: _("Day first (14/01/2027)"),
    dates.MONTH_FIRST: _("Month first (01/14/2027)"),
}

ORDER_WORDS = {dates.DAY_FIRST: _("day first"), dates.MONTH_FIRST: _("month first")}


class UploadForm(forms.Form):
    """A file and what its rows are."""

    kind = forms.ChoiceField(
        label=_("What the rows are"),
        choices=[(kind.value, kind.label) for kind in Kind if kind.value in KINDS],
        initial=Kind.ACCOUNTS,
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV in any encoding, or a workbook (XLSX). The names of the columns stand in one of the first 20 rows."
        ),
        allow_empty_file=True,
    )


class ReadingForm(forms.Form):
    """How a file is read: guessed, and changeable."""

    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    delimiter = forms.ChoiceField(label=_("Separator"), required=False)
    header_row = forms.IntegerField(label=_("Names of the columns in row"), min_value=1, max_value=20, required=False)
    decimal = forms.ChoiceField(label=_("Decimal sign"), choices=list(DECIMALS.items()), required=False)
    date_order = forms.ChoiceField(label=_("Dates"), choices=list(ORDERS.items()), required=False)
    currency = forms.CharField(label=_("Currency where a row names none"), max_length=3)
    reference_on = forms.DateField(label=_("Day the file describes"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        kwargs["initial"] = {"header_row": 1} | batch.reading
        super().__init__(*args, **kwargs)
        if "sheet" in batch.reading:
            del self.fields["encoding"], self.fields["delimiter"]
            self.fields["sheet"] = _choices(self.fields["sheet"], {name: name for name in batch.reading["sheets"]})
            return
        del self.fields["sheet"]
        encoding, delimiter = batch.reading["encoding"], batch.reading["delimiter"]
        self.fields["encoding"] = _choices(self.fields["encoding"], {encoding: encoding} | ENCODINGS)
        self.fields["delimiter"] = _choices(self.fields["delimiter"], {delimiter: delimiter} | DELIMITERS)

    def chosen(self) -> dict[str, Any]:
        """What was chosen, as `choose_reading` takes it."""
        data = {name: value for name, value in self.cleaned_data.items() if value is not None}
        return {**data, "reference_on": data["reference_on"].isoformat(), "currency": data["currency"].upper()}


def reading_in_words(batch: ImportBatch) -> str:
    """Windows-1250 · semicolon · decimal comma · day first: what was guessed or chosen for the file and its columns."""
    reading = batch.reading
    decimals = {reading["decimal"], *(column["decimal"] for column in batch.columns)} - {""}
    orders = {reading["date_order"], *(column["order"] for column in batch.columns)} - {""}
    words: list[Any] = (
        [_("sheet %(name)s") % {"name": reading["sheet"]}]
        if "sheet" in reading
        else [
            ENCODINGS.get(reading["encoding"], reading["encoding"]),
            DELIMITERS.get(reading["delimiter"], reading["delimiter"]),
        ]
    )
    if reading.get("header_row", 1) > 1:
        words.append(_("names of the columns in row %(row)s") % {"row": reading["header_row"]})
    words += [_("decimal comma") if sign == "," else _("decimal point") for sign in sorted(decimals)]
    words += [ORDER_WORDS[order] for order in sorted(orders) if order in ORDER_WORDS]
    return formats.separator().join(str(word) for word in words)


def notes_in_words(batch: ImportBatch) -> list[str]:
    """What had to be done to the cells of a workbook, a sentence each."""
    notes = batch.reading.get("notes", {})
    sentences = (
        ("filled", _("Cells merged downward: %(count)s, filled with the value above them.")),
        ("across", _("Cells merged across columns: %(count)s; the first column has their value, the others are empty.")),
        ("unstored", _("Formulas whose result is not stored: %(count)s. Rows that need them have to wait; open the workbook, save it and upload it again.")),
        ("errors", _("Cells that show an error: %(count)s. Rows that need them have to wait.")),
    )  # fmt: skip
    return [str(sentence) % {"count": notes[name]} for name, sentence in sentences if notes.get(name)]


def column_choices(kind: str) -> list[tuple[str, Any]]:
    """What a column can go to, for a select: field, or field and reading joined by a bar."""
    choices: list[tuple[str, Any]] = [("", _("Do not import"))]
    for field in KINDS[kind].fields:
        choices.append((field.name, field.label))
        if field.name == "customer_since_on":
            choices.append(
                (f"{field.name}|{fields.MONTHS_BEFORE}", _("Customer since (as months before the file's day)"))
            )
    if KINDS[kind].takes_further_fields:
        choices += [
            (f"{FURTHER}|{fields.TEXT}", _("Further field (text)")),
            (f"{FURTHER}|{fields.NUMBER}", _("Further field (number)")),
            (f"{FURTHER}|{fields.YES_NO}", _("Further field (yes or no)")),
        ]
    return choices


def choice_of(column: Column) -> str:
    """The select's value for a matched column."""
    if column.field.startswith(FURTHER):
        return f"{FURTHER}|{column.reading or fields.TEXT}"
    return f"{column.field}|{column.reading}" if column.reading == fields.MONTHS_BEFORE else column.field


def posted_columns(batch: ImportBatch, posted: Mapping[str, str]) -> list[Column]:
    """The columns as the match page was sent: one select a column, and a value table where a field has choices.

    What the page cannot show is kept: values without a column, and a second field of one column.
    """
    present = matching.taken_out(batch.columns)
    shown: dict[str, Column] = {}
    hidden = []
    for column in present:
        if column.name is None or column.name in shown:
            hidden.append(column)
        else:
            shown[column.name] = column
    columns = []
    for index, name in enumerate(batch.reading["header"]):
        field, _bar, reading = posted.get(f"column_{index}", "").partition("|")
        if field:
            column = _posted_column(name, field, reading, _posted_words(batch, index, name, posted), shown.get(name))
            columns.append(_with_convention(column, index, posted))
    taken = {column.field for column in columns}
    return [*columns, *(column for column in hidden if column.field not in taken)]


def _posted_column(name: str, field: str, reading: str, words: dict[str, str], before: Column | None) -> Column:
    if field == FURTHER:
        key = (
            before.field
            if before is not None and before.field.startswith(FURTHER)
            else FURTHER + fields.further_key(name)
        )
        return Column(key, name, reading=reading)
    same = before is not None and before.field == field
    values = words or (dict(before.values) if before is not None and same else {})
    return Column(field, name, reading=reading, values=tuple(values.items()))


def _with_convention(column: Column, index: int, posted: Mapping[str, str]) -> Column:
    """The column with the decimal sign or the order of dates chosen for it; empty: decided from its values."""
    decimal, order = posted.get(f"decimal_{index}", ""), posted.get(f"order_{index}", "")
    return replace(column, decimal=decimal if decimal in DECIMALS else "", order=order if order in ORDERS else "")


def _posted_words(batch: ImportBatch, index: int, name: str, posted: Mapping[str, str]) -> dict[str, str]:
    words = batch.reading.get("words", {}).get(name, ())
    return {
        word: meaning
        for position, word in enumerate(words)
        if (meaning := posted.get(f"meaning_{index}_{position}", ""))
    }


def _choices(field: forms.Field, choices: Mapping[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=field.label, choices=list(choices.items()), required=False)
