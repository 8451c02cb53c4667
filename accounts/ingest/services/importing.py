"""Checks and imports files: a turn of rows at a time, each in a transaction with the place it has come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds import KINDS
from accounts.ingest.kinds.kind import AtField, Outcome, Turn
from accounts.ingest.lines import Lines
from accounts.ingest.models import ImportBatch, RejectedRow
from accounts.ingest.reading import table
from accounts.ingest.reading.columns import columns_of, values_of
from accounts.ingest.reading.judge import Judge, Rejection
from accounts.ingest.reading.memory import kept_rows
from accounts.ingest.reading.unreadable import Unreadable
from accounts.ingest.services import families, matching
from accounts.ingest.services.defining import define_further_fields
from accounts.ingest.services.judging import judge_of
from accounts.ingest.services.refusals import CannotImport
from accounts.ingest.services.settling import settle
from accounts.ingest.services.upload import how_read, opened_file
from accounts.services import follow_up, refresh_renewals
from cshub.audit import services as audit
from cshub.work.wake import wake_statistics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from accounts.ingest.kinds.kind import Fault, KindOfFile
    from accounts.ingest.lines import Line
    from accounts.ingest.reading.rows import Row, Rows
    from cshub.users.models import User

    Write = Callable[[Sequence[Line], Turn], Outcome]
    Report = Callable[[int, int], None]

ROWS_A_TURN = 15_000
ROWS_OF_THE_FIRST_TURN = 1_000  # committed soon: tables analyzed while all their rows are uncommitted count as empty, and are read in full for each row

MANY_WRITTEN = 10_000  # rows, from which on the planner should know of them before autovacuum comes
COUNTED_BY = timedelta(seconds=15)

COUNTS = ("added_count", "updated_count", "unchanged_count", "rejected_count")


@dataclass
class Portion:
    """Rows of one turn: judged lines, rejections, and the rows they came from."""

    lines: Sequence[Line] = ()
    rejections: list[Rejection] = field(default_factory=list)
    rows: Sequence[Row] = ()

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self.rows[-1].number


class TakenOver(CannotImport):
    """Somebody else imports this file; stop here."""

    code = "taken_over"


def check_batch(batch: ImportBatch, *, by: User | None, as_of: datetime, report: Report | None = None) -> ImportBatch:
    """Judge every row and compare it with what is there, without writing facts: counts and rejected rows are kept on the batch.

    `report` is told rows done and rows in all after each turn. Two workers at the same check come to the same result.
    Raises CannotMatch, CannotImport or UnusableFile; TakenOver when the file was ordered anew meanwhile.
    """
    if (
        batch.state not in (ImportBatch.State.UPLOADED, ImportBatch.State.CHECKED, ImportBatch.State.FAILED)
        or batch.done_count
    ):
        raise CannotImport(_("This file is imported already. Upload it again to check it anew."))
    _settle(batch)
    _start_anew(batch)
    judge, turn = judge_of(batch), _turn(batch, by, as_of, is_dry=True)
    done = 0
    for portion in _portions(batch, judge, families.parent_faults_of(batch)):
        _check_portion(batch, judge, portion, turn)
        done += len(portion.rows)
        if report:
            report(done, batch.row_count or done)
    batch.state = ImportBatch.State.CHECKED
    batch.save(update_fields=["state", *COUNTS])
    return batch


def import_batch(batch: ImportBatch, *, by: User | None, as_of: datetime, report: Report | None = None) -> ImportBatch:
    """Put the good rows in and keep the others aside. A stopped import goes on behind the last row that is in; the same file again changes nothing.

    Raises CannotMatch, CannotImport or UnusableFile; TakenOver when another worker has come further.
    """
    if batch.state in (ImportBatch.State.IMPORTED, ImportBatch.State.UNDONE):
        raise CannotImport(_("This file is imported already. Upload it again to import it anew."))
    if not batch.done_count:
        _settle(batch)
        _start_anew(batch)
    batch.state, batch.error = ImportBatch.State.IMPORTING, ""
    batch.save(update_fields=["state", "error", *COUNTS])
    judge, turn = judge_of(batch), _turn(batch, by, as_of, is_dry=False)
    done = 0
    for portion in _portions(batch, judge, families.parent_faults_of(batch)):
        if portion.last > batch.done_count:
            _import_portion(batch, judge, portion, turn)
        done += len(portion.rows)
        if report:
            report(done, batch.row_count or done)
    return _finish(batch, turn)


def _settle(batch: ImportBatch) -> None:
    columns = matching.checked(batch.kind, batch.reading["header"], matching.taken_out(batch.columns))
    with opened_file(batch) as content:
        settled, batch.row_count = settle(batch.kind, columns, content, batch.reading)
    batch.columns = matching.kept(settled)
    batch.save(update_fields=["columns", "row_count"])


def _start_anew(batch: ImportBatch) -> None:
    batch.rejected_rows.all().delete()
    batch.added_count = batch.updated_count = batch.unchanged_count = batch.rejected_count = 0
    for name in ("new_metrics", "moves_terms"):
        batch.reading.pop(name, None)


def _turn(batch: ImportBatch, by: User | None, as_of: datetime, *, is_dry: bool) -> Turn:
    day, currency = date.fromisoformat(batch.reading["reference_on"]), batch.reading["currency"]
    return Turn(by, as_of, day, currency, is_dry, batch_id=None if is_dry else batch.pk)


def _portions(batch: ImportBatch, judge: Judge, faults: Mapping[int, Fault]) -> Iterator[Portion]:
    kind = KINDS[batch.kind]
    with (
        opened_file(batch) as content,
        table.opened(content, **how_read(batch)) as rows,
    ):
        next(rows, None)
        size = min(ROWS_OF_THE_FIRST_TURN, ROWS_A_TURN)
        while portion := _portion(rows, size, judge, kind, faults):
            yield portion
            portion, size = None, ROWS_A_TURN


@kept_rows()
def _portion(rows: Rows, size: int, judge: Judge, kind: KindOfFile, faults: Mapping[int, Fault]) -> Portion | None:
    portion = Portion(rows=(block := rows.take(size)))
    if not block:
        return None
    columns = columns_of(judge, block)
    if columns and not faults and kind.straight and (lined := kind.straight(columns)):
        portion.lines = Lines([block.numbers, *lined])
        return portion
    lines: list[Line] = []
    portion.lines = lines
    found = map(judge.values, block) if columns is None else values_of(columns)
    for row, values in zip(block, found, strict=True):
        if isinstance(values, Rejection):
            portion.rejections.append(values)
            continue
        try:
            if row.number in faults:
                raise faults[row.number].at_field()
            lines.append((row.number, *kind.finish(values)))
        except AtField as fault:
            portion.rejections.append(judge.rejection_at(row, fault.field, fault.code, fault.problem))
        except Unreadable as problem:
            portion.rejections.append(judge.rejection_at(row, "", problem.code, problem.text))
    return portion


def _write(write: Write, judge: Judge, portion: Portion, turn: Turn) -> Outcome:
    """Hand the lines to their kind; rows it finds at fault join the rejections."""
    outcome = write(portion.lines, turn) if portion.lines else Outcome()
    if outcome.faults:
        rows = {row.number: row for row in portion.rows}
        portion.rejections.extend(
            judge.rejection_at(rows[fault.row_number], fault.field, fault.code, fault.problem)
            for fault in outcome.faults
        )
    return outcome


@kept_rows()
def _check_portion(batch: ImportBatch, judge: Judge, portion: Portion, turn: Turn) -> None:
    with transaction.atomic():
        held = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if held.job_id != batch.job_id or held.done_count:
            raise TakenOver(_("Another worker has this file."))
        _count(batch, _write(KINDS[batch.kind].write, judge, portion, turn))
        _keep(batch, portion)


@kept_rows()
def _import_portion(batch: ImportBatch, judge: Judge, portion: Portion, turn: Turn) -> None:
    with transaction.atomic():
        held = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if held.done_count != batch.done_count:
            raise TakenOver(_("Another worker imports this file."))
        _count(batch, _write(KINDS[batch.kind].write, judge, portion, turn))
        _keep(batch, portion)
        batch.done_count = portion.last
        batch.save(update_fields=["done_count", "reading", *COUNTS])


def _count(batch: ImportBatch, outcome: Outcome) -> None:
    batch.added_count += outcome.added
    batch.updated_count += outcome.updated
    batch.unchanged_count += outcome.unchanged
    if outcome.moves_terms:
        batch.reading["moves_terms"] = True
    if outcome.new_metrics:
        batch.reading["new_metrics"] = sorted({*batch.reading.get("new_metrics", ()), *outcome.new_metrics})


def _keep(batch: ImportBatch, portion: Portion) -> None:
    batch.rejected_count += len(portion.rejections)
    RejectedRow.objects.bulk_create(
        (
            RejectedRow(
                batch=batch,
                row_number=each.row_number,
                column=each.column,
                value=each.value,
                code=each.code,
                problem=each.problem,
                original=each.original,
            )
            for each in portion.rejections
        ),
        batch_size=2000,
        ignore_conflicts=True,  # a check that was taken over: the silent worker may live and have kept the same row
    )


@transaction.atomic
def _finish(batch: ImportBatch, turn: Turn) -> ImportBatch:
    by, as_of = turn.by, turn.as_of
    _keep(batch, Portion(rejections=families.set_parents_of(batch, turn)))
    batch.state, batch.imported_at = ImportBatch.State.IMPORTED, as_of
    batch.save(update_fields=["state", "imported_at", "rejected_count"])
    define_further_fields(batch, by=by, as_of=as_of)
    if batch.reading.get("moves_terms"):
        refresh_renewals(as_of=as_of)
    follow_up(batch.added_count + batch.updated_count, as_of=as_of)
    if batch.added_count + batch.updated_count >= MANY_WRITTEN:
        wake_statistics(due_at=as_of + COUNTED_BY)
    audit.record("import.finished", target=batch, by=by, at=as_of, after=audit.snapshot(batch, COUNTS))
    return batch
