"""Has files checked and imported in the background, and goes on with what a stopped worker left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.ingest.models import ImportBatch
from accounts.ingest.reading.unreadable import UnusableFile
from accounts.ingest.services.importing import COUNTS, TakenOver, check_batch, import_batch
from accounts.ingest.services.refusals import CannotImport
from accounts.ingest.services.undoing import check_undo, undo_import
from cshub.kernel.refusal import Refused
from cshub.l10n import formats
from cshub.tenancy import due
from cshub.work import jobs
from cshub.work.jobs import CannotMoveJob
from cshub.work.models import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from accounts.ingest.services.importing import Report
    from cshub.users.models import User

CHECK, IMPORT, UNDO = "import.check", "import.import", "import.undo"
DOORBELL = "imports"
SILENCE = timedelta(minutes=2)


@transaction.atomic
def order_check(batch: ImportBatch, *, by: User | None, as_of: datetime) -> Job:
    """Have a file checked. Raises CannotImport while another job is at it."""
    title = _("Check %(file)s") % {"file": batch.file_name}
    return _order(batch, CHECK, title, by=by, as_of=as_of)


@transaction.atomic
def order_import(batch: ImportBatch, *, by: User | None, as_of: datetime) -> Job:
    """Have a file imported, or a stopped import go on. Raises CannotImport while another job is at it, or when it is in already."""
    if batch.state in (ImportBatch.State.IMPORTED, ImportBatch.State.UNDONE):
        raise CannotImport(_("This file is imported already. Upload it again to import it anew."))
    title = _("Import %(file)s") % {"file": batch.file_name}
    return _order(batch, IMPORT, title, by=by, as_of=as_of)


@transaction.atomic
def order_undo(batch: ImportBatch, *, by: User | None, as_of: datetime) -> Job:
    """Have an import undone. Raises CannotUndo, or CannotImport while another job is at it."""
    check_undo(batch, as_of=as_of)
    title = _("Undo %(file)s") % {"file": batch.file_name}
    return _order(batch, UNDO, title, by=by, as_of=as_of)


def follow_order(batch: ImportBatch, *, clock: Callable[[], datetime]) -> ImportBatch:
    """Do what was ordered for a file, telling its job how far it is. Nothing happens when the job has ended.

    `clock` is asked for the time of each step. A file that cannot be imported fails its job with the reason. Problems are written in the
    language in which it was ordered.
    """
    job = batch.job
    if job is None or not job.is_open:
        return batch
    with translation.override(batch.reading.get("language")):
        try:
            if job.state == JobState.QUEUED:
                jobs.start_job(job, as_of=clock(), total_count=batch.row_count)
            return _follow(batch, job, clock)
        except (TakenOver, CannotMoveJob):  # somebody else has it, has ended it, or it was cancelled
            return batch
        except (Refused, UnusableFile) as refusal:
            return _give_up(batch, job, str(refusal), clock())
        except Exception:
            _give_up(
                batch,
                job,
                _("The import stopped unexpectedly. Start it again; it goes on behind the last row that is in."),
                clock(),
            )
            raise


@transaction.atomic
def left_behind(*, as_of: datetime) -> list[ImportBatch]:
    """Files whose worker has been silent; whoever asks hands them to a worker again. While orders are open the doorbell rings on."""
    ordered = ImportBatch.objects.filter(
        job__state__in=(JobState.QUEUED, JobState.RUNNING), job__kind__in=(CHECK, IMPORT, UNDO)
    ).annotate(last_sign=Coalesce("job__heartbeat_at", "job__created_at"))
    if ordered.exists():
        due.ring(DOORBELL, due_at=as_of + SILENCE)
    return list(ordered.filter(last_sign__lt=as_of - SILENCE).select_related("job").order_by("created_at"))


def _order(batch: ImportBatch, kind: str, title: str, *, by: User | None, as_of: datetime) -> Job:
    held = ImportBatch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch.pk)
    if held.job is not None and held.job.is_open:
        raise CannotImport(_("This file is being worked on. Wait until it is done."))
    job = jobs.queue_job(kind=kind, title=title, by=by, as_of=as_of, retry_url_name="imports")
    held.job = batch.job = job
    held.reading["language"] = batch.reading["language"] = translation.get_language()
    held.save(update_fields=["job", "reading"])
    due.ring(DOORBELL, due_at=as_of + SILENCE)
    return job


def _follow(batch: ImportBatch, job: Job, clock: Callable[[], datetime]) -> ImportBatch:
    work = {CHECK: check_batch, IMPORT: import_batch, UNDO: undo_import}[job.kind]
    if not (
        job.kind == UNDO and batch.state == ImportBatch.State.UNDONE
    ):  # a worker that stopped between its last two steps
        work(batch, by=job.created_by, as_of=clock(), report=_reporting(job, clock))
    _total(job, batch)
    result = {name: getattr(batch, name) for name in COUNTS} | {"batch": str(batch.pk), "undone": batch.undone}
    jobs.finish_job(job, as_of=clock(), result=result, message=_summary(batch))
    return batch


def _reporting(job: Job, clock: Callable[[], datetime]) -> Report:
    def report(done: int, total: int) -> None:
        if job.total_count is None:
            Job.objects.filter(pk=job.pk).update(total_count=total)
        jobs.advance_job(job, done_count=done, as_of=clock(), total_count=total)

    return report


def _total(job: Job, batch: ImportBatch) -> None:
    Job.objects.filter(pk=job.pk, total_count__isnull=True).update(total_count=F("done_count"))


def _summary(batch: ImportBatch) -> str:
    if fates := batch.undone.get("total"):
        left = sum(count for fate, count in fates.items() if fate not in ("removed", "restored", "gone"))
        words = {"removed": fates.get("removed", 0), "restored": fates.get("restored", 0), "left": left}
        words = {name: formats.number(count) for name, count in words.items()}
        return _("%(removed)s removed, %(restored)s put back, %(left)s left alone") % words
    counts = {name: formats.number(getattr(batch, name)) for name in COUNTS}
    return (
        _(
            "%(added_count)s added, %(updated_count)s updated, %(unchanged_count)s unchanged, %(rejected_count)s need a fix"
        )
        % counts
    )


def _give_up(batch: ImportBatch, job: Job, reason: str, as_of: datetime) -> ImportBatch:
    if job.kind != UNDO:
        ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.FAILED, error=reason)
        batch.state, batch.error = ImportBatch.State.FAILED, reason
    try:
        jobs.fail_job(job, error=reason, as_of=as_of)
    except CannotMoveJob:
        return batch
    return batch
