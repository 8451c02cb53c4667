"""What the pages say about undoing an import: until when, what became of its rows, and which were left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.ingest import services
from accounts.ingest.kinds import KINDS
from accounts.ingest.models import ImportBatch
from cshub.kernel.refusal import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from accounts.ingest.models import ImportedRow

SHOWN_ROWS = 50
TO_LOOK_AT = ("changed", "used")  # what is kept for its history is told by its count alone
FATES = {
    "removed": gettext_lazy("removed"),
    "restored": gettext_lazy("put back as before"),
    "corrected": gettext_lazy("taken back by a correction"),
    "gone": gettext_lazy("gone already"),
    "changed": gettext_lazy("left alone: changed since"),
    "used": gettext_lazy("left alone: other records refer to it"),
    "history": gettext_lazy("kept, but inactive: its history cannot be removed"),
    "kept": gettext_lazy("kept: written once, never removed"),
}


@dataclass(frozen=True)
class UndoPage:
    """`until` is set while the import can be undone; `fates` and `left` once it was."""

    words: str
    until: datetime | None
    fates: list[tuple[str, str, int]]
    left: list[tuple[int, str, str, str]]  # row of the file, kind of record, which one, why
    left_count: int


def undo_page(batch: ImportBatch, *, as_of: datetime) -> UndoPage:
    """Two queries once the import was undone, and one for each kind of record among the rows shown; none before."""
    if batch.state != ImportBatch.State.UNDONE:
        return UndoPage(confirmation(), _until(batch, as_of), [], [], 0)
    rows = batch.imported_rows.filter(left_because__in=TO_LOOK_AT).order_by("row_number", "place")
    shown = list(rows[:SHOWN_ROWS])
    known = _records(shown)
    left = [
        (
            row.row_number,
            _name(row.place),
            known.get((row.place, *row.key), ", ".join(row.key)),
            str(FATES[row.left_because]),
        )
        for row in shown
    ]
    fates = [
        (_names(place), str(FATES.get(fate, fate)), count) for place, fate, count in batch.undone.get("tables", [])
    ]
    return UndoPage(confirmation(), None, fates, left, rows.count() if len(left) == SHOWN_ROWS else len(left))


def confirmation() -> str:
    """The four words that a person types before an import is undone."""
    return _("undo this whole import")


def _until(batch: ImportBatch, as_of: datetime) -> datetime | None:
    try:
        services.check_undo(batch, as_of=as_of)
    except Refused:
        return None
    return services.undoable_until(batch) if KINDS[batch.kind].traces else None


def _records(rows: list[ImportedRow]) -> dict[tuple[str, ...], str]:
    """What people call these records, by table and key; those of tables with keys of several parts are called by them."""
    found: dict[tuple[str, ...], str] = {}
    for place in {row.place for row in rows if len(row.key) == 1}:
        if (model := _model(place)) is not None:
            records = model._default_manager.in_bulk([row.key[0] for row in rows if row.place == place])
            found.update({(place, str(key)): str(record) for key, record in records.items()})
    return found


def _names(place: str) -> str:
    model = _model(place)
    return capfirst(str(model._meta.verbose_name_plural)) if model else place


def _name(place: str) -> str:
    model = _model(place)
    return capfirst(str(model._meta.verbose_name)) if model else place


def _model(place: str) -> type[Model] | None:
    return next((model for model in apps.get_models() if model._meta.db_table == place), None)
