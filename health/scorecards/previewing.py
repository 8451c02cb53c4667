"""Has a preview computed: at once for a small book, in the background for a large one, with a job whose page can be left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Account
from cshub.kernel.refusal import Refused
from cshub.tenancy import due
from cshub.work import jobs
from cshub.work.jobs import CannotMoveJob
from cshub.work.models import Job, JobState
from health.models import ScorecardPreview, ScorecardVersion
from health.scorecards.previews import preview_version, previewable
from health.scorecards.resuming import KeptByJob

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from cshub.users.models import User

KIND = "scorecard.preview"
DOORBELL = "previews"
SILENCE = timedelta(minutes=5)  # longer than any step of a preview takes
MOST_AT_ONCE = 5_000


def order_preview(version: ScorecardVersion, *, by: User | None, as_of: datetime) -> ScorecardPreview | Job:
    """The preview of a version; with more than MOST_AT_ONCE customers the job that computes it, the one under way if there is one.

    Hand the job to a worker after the commit. Raises CannotPreview.
    """
    if Account.objects.customers()[: MOST_AT_ONCE + 1].count() <= MOST_AT_ONCE:
        return preview_version(version, by=by, as_of=as_of)
    with transaction.atomic():
        held = (
            ScorecardVersion.objects.select_for_update(of=("self",))
            .select_related("scorecard", "preview_job")
            .get(pk=version.pk)
        )
        previewable(held)
        if held.preview_job is not None and held.preview_job.is_open:
            return held.preview_job
        title = _("Preview of %(scorecard)s, version %(number)s") % {"scorecard": held.scorecard, "number": held.number}
        job = jobs.queue_job(kind=KIND, title=title, by=by, as_of=as_of, retry_url_name="scorecards")
        held.preview_job = version.preview_job = job
        held.save(update_fields=["preview_job"])
        due.ring(DOORBELL, due_at=as_of + SILENCE)
    return job


def follow_preview(job_id: UUID, *, clock: Callable[[], datetime]) -> Job | None:
    """Compute what was ordered, saying after each step how far it is; the job as it ended. Nothing happens when it has ended already.

    A worker that goes on after another one died does not do again what that one had done, and ends with the preview of the same moment.
    `clock` is asked for the time of each step.
    """
    version = ScorecardVersion.objects.select_related("preview_job__created_by").filter(preview_job=job_id).first()
    job = version.preview_job if version else None
    if version is None or job is None or not job.is_open:
        return job
    with translation.override(job.created_by.language if job.created_by else None):
        try:
            if job.state == JobState.QUEUED:
                jobs.start_job(job, as_of=clock())
            return _computed(version, job, clock)
        except CannotMoveJob:  # somebody else has it, or it was cancelled
            return job
        except Refused as refusal:
            return jobs.fail_job(job, error=str(refusal), as_of=clock())
        except Exception:
            jobs.fail_job(job, error=_("The preview stopped unexpectedly. Compute it again."), as_of=clock())
            raise


@transaction.atomic
def left_behind(*, as_of: datetime) -> list[Job]:
    """Jobs whose worker has been silent; whoever asks hands them to a worker again. While some are open the doorbell rings on."""
    ordered = Job.objects.filter(kind=KIND, state__in=(JobState.QUEUED, JobState.RUNNING)).annotate(
        last_sign=Coalesce("heartbeat_at", "created_at")
    )
    if ordered.exists():
        due.ring(DOORBELL, due_at=as_of + SILENCE)
    return list(ordered.filter(last_sign__lt=as_of - SILENCE).order_by("created_at"))


def _computed(version: ScorecardVersion, job: Job, clock: Callable[[], datetime]) -> Job:
    def report(done: int, total: int) -> None:
        jobs.advance_job(job, done_count=done, total_count=total, as_of=clock())

    kept = KeptByJob(job, clock)
    preview = preview_version(version, by=job.created_by, as_of=clock(), report=report, kept=kept)
    result = {"preview": str(preview.pk), "digest": preview.digest, "definition_hash": preview.definition_hash}
    return jobs.finish_job(job, as_of=clock(), result=result)
