"""Jobs that somebody waits for: queued, started once, advanced, ended."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import IsNull
from django.utils.translation import gettext as _

from cshub.audit import services as audit
from cshub.kernel.refusal import Refused
from cshub.work.models import Job, JobState, JobStep

if TYPE_CHECKING:
    from cshub.users.models import User

SILENCE = timedelta(minutes=15)


class CannotMoveJob(Refused):
    """The job is not where it would have to be for that."""

    code = "cannot_move_job"


class JobCancelled(CannotMoveJob):
    """Somebody cancelled the job: stop working on it."""

    code = "job_cancelled"


def queue_job(
    *,
    kind: str,
    title: str,
    by: "User | None",
    as_of: datetime,
    total_count: int | None = None,
    retry_url_name: str = "",
) -> Job:
    """A job that waits for a worker. `retry_url_name` names the page where a person can try again after a failure."""
    return Job.objects.create(
        kind=kind,
        title=title[:200],
        created_by=by,
        created_at=as_of,
        total_count=total_count,
        retry_url_name=retry_url_name,
    )


def start_job(job: Job, *, as_of: datetime, total_count: int | None = None) -> Job:
    """Claim a waiting job; only one worker can. Raises JobCancelled, or CannotMoveJob when somebody else has it."""
    changes = {
        "state": JobState.RUNNING,
        "started_at": as_of,
        "heartbeat_at": as_of,
        "total_count": Coalesce(F("total_count"), Value(total_count)),
    }
    return _move(job, JobState.QUEUED, changes)


def advance_job(
    job: Job, *, done_count: int, as_of: datetime, total_count: int | None = None, message: str = ""
) -> Job:
    """Say how far a running job is, and that it lives. The count never goes back, and a total once known only grows with the count.

    Raises JobCancelled when somebody cancelled it meanwhile: the worker stops then. Call it outside long transactions, or nobody sees it.
    """
    done = Greatest(F("done_count"), Value(done_count))
    total = Coalesce(F("total_count"), Value(total_count))
    return _move(
        job,
        JobState.RUNNING,
        {"done_count": done, "total_count": _at_least(total, done), "message": message[:300], "heartbeat_at": as_of},
    )


def keep_step(job: Job, *, name: str, content: Any, as_of: datetime) -> None:
    """Keep what a step of a running job gave, as JSON, until the job ends. The first to keep a step wins."""
    JobStep.objects.bulk_create([JobStep(job=job, name=name, content=content, kept_at=as_of)], ignore_conflicts=True)


def kept_step(job: Job, name: str) -> Any:
    """What a step of an open job gave before; None when nobody did it yet."""
    return JobStep.objects.filter(job=job, name=name).values_list("content", flat=True).first()


def forget_steps(job: Job) -> None:
    """Let all steps of a job be done again."""
    JobStep.objects.filter(job=job).delete()


@transaction.atomic
def finish_job(job: Job, *, as_of: datetime, result: dict[str, Any] | None = None, message: str = "") -> Job:
    """End a running job well; `result` is what it gives back, as JSON."""
    done = Coalesce(F("total_count"), F("done_count"))
    changes = {
        "state": JobState.DONE,
        "finished_at": as_of,
        "heartbeat_at": as_of,
        "result": result,
        "done_count": done,
        "message": message[:300],
    }
    forget_steps(job)
    return _move(job, JobState.RUNNING, changes)


@transaction.atomic
def fail_job(job: Job, *, error: str, as_of: datetime, result: dict[str, Any] | None = None) -> Job:
    """End a running job badly; `error` is a sentence with the remedy."""
    forget_steps(job)
    return _move(
        job, JobState.RUNNING, {"state": JobState.FAILED, "finished_at": as_of, "error": error, "result": result}
    )


@transaction.atomic
def cancel_job(job: Job, *, by: "User", as_of: datetime) -> Job:
    """Cancel a job that has not ended; a running one stops at its next step."""
    cancelled = Job.objects.open().filter(pk=job.pk).update(state=JobState.CANCELLED, finished_at=as_of)
    job.refresh_from_db()
    if not cancelled:
        raise CannotMoveJob(_("This job has already ended."))
    forget_steps(job)
    audit.record("job.cancelled", target=job, by=by, at=as_of)
    return job


@transaction.atomic
def fail_silent_jobs(*, as_of: datetime, after: timedelta = SILENCE) -> int:
    """Running jobs without a sign of life for that long have failed; how many."""
    error = _("The worker stopped. Start it again.")
    JobStep.objects.filter(job__in=Job.objects.silent_since(as_of - after)).delete()
    return Job.objects.silent_since(as_of - after).update(state=JobState.FAILED, finished_at=as_of, error=error)


def _at_least(total: Coalesce, done: Greatest) -> Any:
    """Unknown stays unknown: Greatest of PostgreSQL ignores null, so it is asked for only when a total is there."""
    return Case(When(IsNull(total, False), then=Greatest(total, done)), default=None)


def _move(job: Job, come_from: JobState, changes: dict[str, Any]) -> Job:
    moved = Job.objects.filter(pk=job.pk, state=come_from).update(**changes)
    job.refresh_from_db()
    if moved:
        return job
    if job.state == JobState.CANCELLED:
        raise JobCancelled(_("This job was cancelled."))
    raise CannotMoveJob(_("This job is %(state)s.") % {"state": job.get_state_display()})
