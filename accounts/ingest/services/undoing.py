"""Undoes an import: what it added is removed, what it changed is put back, where nobody touched it since."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts import services as facts
from accounts.ingest.kinds import KINDS
from accounts.ingest.models import ImportBatch
from accounts.ingest.services import importing
from accounts.ingest.services.importing import TakenOver
from accounts.ingest.services.refusals import CannotImport
from accounts.ingest.sql import undo as statements
from accounts.ingest.sql import undo_book as book
from accounts.ingest.sql.traces import Undo
from accounts.models import Account, Contact, Ownership, Renewal, Replenishment
from accounts.services.revenue import take_back_movements
from accounts.services.stages import move_stages_in
from accounts.sql.hierarchy import hold_tree
from cshub.audit import services as audit
from cshub.work.wake import wake_statistics

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from accounts.ingest.sql.traces import Trace
    from cshub.users.models import User

    Report = Callable[[int, int], None]

KEPT_FOR = timedelta(days=30)
CONCLUSIONS = (Renewal, Ownership, Replenishment)


class CannotUndo(CannotImport):
    """The import cannot be undone, or not any more."""

    code = "cannot_undo"


def undoable_until(batch: ImportBatch) -> datetime:
    """When the rows as they were before are forgotten."""
    return (batch.imported_at or batch.created_at) + KEPT_FOR


def check_undo(batch: ImportBatch, *, as_of: datetime) -> None:
    """Raises CannotUndo with the reason and the remedy."""
    if batch.state == ImportBatch.State.UNDONE:
        raise CannotUndo(_("This import is undone already."))
    if not batch.done_count:
        raise CannotUndo(_("Nothing of this file is in, so there is nothing to undo."))
    if as_of >= undoable_until(batch):
        raise CannotUndo(_("An import can be undone for 30 days. Upload a file with the values you want."))


@transaction.atomic
def undo_import(batch: ImportBatch, *, by: User | None, as_of: datetime, report: Report | None = None) -> ImportBatch:
    """Take back what an import wrote, all in one transaction. Rows that somebody changed since, or that others refer to, stay and are listed.

    Revenue movements are never removed: a correction of the same day stands against each, so that the revenue of every day is as if the
    import had not been. Append-only facts stay. Raises CannotUndo; TakenOver when another worker was quicker.
    """
    held = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if held.state == ImportBatch.State.UNDONE != batch.state:
        raise TakenOver(_("Another worker undid this import."))
    check_undo(held, as_of=as_of)
    traces = KINDS[held.kind].traces
    hold_tree()
    statements.take(held.pk, traces)
    for trace in traces:
        if trace.undo == Undo.ROWS:
            _touch(trace)
    take_back_movements(statements.TO_TAKE_BACK, by=by, as_of=as_of)
    owners: list[UUID] = []
    for trace in traces:
        if trace.undo == Undo.ROWS:
            owners += _undo_rows(trace, by, as_of)
    touched = statements.touched()
    counts = statements.settle(held.pk, as_of=as_of)
    batch.undone = _summary(counts, main=traces[-1].table)
    batch.state, batch.undone_at = ImportBatch.State.UNDONE, as_of
    batch.save(update_fields=["state", "undone", "undone_at"])
    _follow_up(held.kind, touched, owners, as_of)
    if sum(count for _table, _fate, count in counts) >= importing.MANY_WRITTEN:
        wake_statistics(due_at=as_of + importing.COUNTED_BY)
    audit.record("import.undone", target=batch, by=by, at=as_of, after=batch.undone)
    return batch


def forget_old_rows(*, as_of: datetime) -> int:
    """Imports older than 30 days can no longer be undone; how many rows were forgotten."""
    return statements.forget_before(as_of - KEPT_FOR)


def _follow_up(kind: str, touched: list[UUID], owners: list[UUID], as_of: datetime) -> None:
    """What follows from facts that are as before: owners over time, renewals, when stock runs out, and soon health."""
    if owners:
        facts.reconcile_owners(owners, as_of=as_of)
    if kind == "orders" and touched:
        facts.refresh_replenishments(as_of=as_of, accounts=touched)
    facts.refresh_renewals(as_of=as_of)
    facts.follow_up(len(touched), as_of=as_of)


def _touch(trace: Trace) -> None:
    """Remember whose the rows are: they are accounts (with those above them, before and after), belong to one, or to something that does."""
    model = _model(trace)
    names = {field.column for field in model._meta.concrete_fields}
    if model is Account:
        statements.touch(trace, account=statements.FAMILY)
    elif "account_id" in names:
        statements.touch(trace, account="present.account_id")
    else:
        whole, column = next(
            (field.remote_field.model, field.column)
            for field in model._meta.concrete_fields
            if field.remote_field and _has_account(field.remote_field.model)
        )
        way = f"JOIN {whole._meta.db_table} whole ON whole.id = present.{column}"
        statements.touch(trace, account="whole.account_id", way=way)


def _has_account(model: type[models.Model]) -> bool:
    return any(field.column == "account_id" for field in model._meta.concrete_fields)


def _model(trace: Trace) -> type[models.Model]:
    return next(model for model in apps.get_models() if model._meta.db_table == trace.table)


def _undo_rows(trace: Trace, by: User | None, as_of: datetime) -> list[UUID]:
    """Remove and put back; the accounts that have another owner then."""
    model = _model(trace)
    if model is Account:
        book.leave_loops()
    if list(trace.key) == ["id"]:
        _leave_used(trace, model)
    names = {field.column for field in model._meta.concrete_fields}
    stamp = next((name for name in ("updated_at", "recorded_at") if name in names), "")
    owners = _put_history_back(model, by, as_of)
    statements.put_back(trace, stamp=stamp, as_of=as_of)
    return owners


def _leave_used(trace: Trace, model: type[models.Model]) -> None:
    """Added rows that others refer to stay; what was concluded about those that leave goes."""
    derived, others = _relations(model)
    for relation in others:
        _refuse_used(trace, relation)
    for relation in derived:
        for further in [further for group in _relations(relation.related_model) for further in group]:
            condition = f"EXISTS (SELECT FROM {_table(further)} further WHERE further.{_column(further)} = other.id)"
            statements.refuse(trace, _table(relation), _column(relation), reason=statements.USED, condition=condition)
    for field in model._meta.concrete_fields:
        if field.related_model is model and field.column in trace.restores:
            statements.refuse_own(trace, field.column)
    for relation in derived:
        statements.clear(trace, _table(relation), _column(relation))


def _put_history_back(model: type[models.Model], by: User | None, as_of: datetime) -> list[UUID]:
    given = {"by": by.pk if by else None, "as_of": as_of, "today": as_of.date()}
    if model is Contact:
        book.note_roles(given)
    if model is not Account:
        return []
    book.stage_moves(given)
    move_stages_in("staged_moves", by=by, as_of=as_of, reason=str(_("An import was undone")))
    book.drop_moves()
    return book.other_owners()


def _refuse_used(trace: Trace, relation: models.ForeignObjectRel) -> None:
    other, column = _table(relation), _column(relation)
    if other == trace.table and column in trace.restores:
        return
    if getattr(relation.related_model, "append_only", False):
        is_own = other in statements.HISTORIES
        statements.refuse(trace, other, column, reason=statements.HISTORY if is_own else statements.USED)
    elif isinstance(relation.related_model._meta.pk, models.CompositePrimaryKey):
        statements.refuse(trace, other, column, reason=statements.USED)
    else:
        statements.refuse_history(trace, other, column)


def _relations(model: type[models.Model]) -> tuple[list[models.ForeignObjectRel], list[models.ForeignObjectRel]]:
    """What the product itself concludes about a row (one-to-one by its key, and CONCLUSIONS), and everything else that refers to it."""
    derived: list[models.ForeignObjectRel] = []
    others: list[models.ForeignObjectRel] = []
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel):
            continue
        if not (getattr(relation.field, "db_constraint", False) or relation.field.primary_key):
            continue
        is_derived = relation.field.primary_key or relation.related_model in CONCLUSIONS
        (derived if is_derived else others).append(relation)
    return derived, others


def _table(relation: models.ForeignObjectRel) -> str:
    return str(relation.related_model._meta.db_table)


def _column(relation: models.ForeignObjectRel) -> str:
    return str(relation.field.column)


def _summary(counts: list[tuple[str, str, int]], *, main: str) -> dict[str, object]:
    """What became of the rows of the kind's main table, and of those of every table."""
    total = {fate: int(count) for place, fate, count in counts if place == main}
    return {"total": total, "tables": [[place, fate, int(count)] for place, fate, count in counts]}
