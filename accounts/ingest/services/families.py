"""Reads who stands below whom from a whole file, before its rows go in and once they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.ingest.kinds import KINDS
from accounts.ingest.kinds.parents import parent_faults, set_parents
from accounts.ingest.reading import table
from accounts.ingest.reading.judge import Rejection
from accounts.ingest.services.judging import judge_of
from accounts.ingest.services.upload import how_read, opened_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.ingest.kinds.kind import Fault, Turn
    from accounts.ingest.models import ImportBatch
    from accounts.ingest.reading.judge import Judge

KEY, PARENT = "external_id", "parent"


def parent_faults_of(batch: ImportBatch) -> dict[int, Fault]:
    """Rows that name a parent nobody knows, or that close a loop, by their numbers. The file is read once more, where it names parents."""
    return parent_faults(_rows(batch)) if _names_parents(batch) else {}


def set_parents_of(batch: ImportBatch, turn: Turn) -> list[Rejection]:
    """Set the parents that the file names, now that all its rows are in; a rejection for each that could not be set."""
    if not _names_parents(batch):
        return []
    faults = {fault.row_number: fault for fault in set_parents(_rows(batch), turn)}
    if not faults:
        return []
    judge = judge_of(batch)
    with opened_file(batch) as content, table.opened(content, **how_read(batch)) as rows:
        return [
            judge.rejection_at(row, fault.field, fault.code, fault.problem)
            for row in rows
            if (fault := faults.get(row.number))
        ]


def _names_parents(batch: ImportBatch) -> bool:
    return KINDS[batch.kind].sets_parents and any(column["field"] == PARENT for column in batch.columns)


def _rows(batch: ImportBatch) -> Iterator[tuple[int, str, str | None]]:
    return _read(
        batch, judge_of(batch, only=(KEY, PARENT))
    )  # asked for here: while rows are sent the database answers nothing else


def _read(batch: ImportBatch, judge: Judge) -> Iterator[tuple[int, str, str | None]]:
    with opened_file(batch) as content, table.opened(content, **how_read(batch)) as rows:
        next(rows, None)
        for row in rows:
            values = judge.values(row)
            if not isinstance(values, Rejection):
                yield row.number, values[KEY], values.get(PARENT)
