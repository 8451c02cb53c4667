"""Jobs: started once, never going backwards, stopped when somebody says so."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from cshub.audit.models import AuditEvent
from cshub.tenancy.models import Tenant
from cshub.work.jobs import (
    CannotMoveJob,
    JobCancelled,
    advance_job,
    cancel_job,
    fail_job,
    fail_silent_jobs,
    finish_job,
    queue_job,
    start_job,
)
from cshub.work.models import Job
from tests import cast
from tests.database import AS_OF


def queued(**fields: Any) -> Job:
    return queue_job(**{"kind": "import", "title": "Importing accounts.csv", "by": None, "as_of": AS_OF, **fields})


def running(total_count: int | None = 100, **fields: Any) -> Job:
    return start_job(queued(**fields), as_of=AS_OF, total_count=total_count)


def test_a_job_is_started_by_one_worker_only(acme: Tenant) -> None:
    job = queued()
    same = Job.objects.get()
    start_job(job, as_of=AS_OF)
    with pytest.raises(CannotMoveJob):
        start_job(same, as_of=AS_OF)


def test_progress_never_goes_backwards(acme: Tenant) -> None:
    job = running()
    assert advance_job(job, done_count=40, as_of=AS_OF).percent == 40
    assert advance_job(job, done_count=30, as_of=AS_OF).done_count == 40
    assert advance_job(job, done_count=100, as_of=AS_OF).percent == 99  # 100 is said when it has ended
    assert finish_job(job, as_of=AS_OF, result={"added": 3}).percent == 100


def test_a_total_that_was_too_small_grows_with_the_count(acme: Tenant) -> None:
    job = running(total_count=10)
    advance_job(job, done_count=25, as_of=AS_OF, total_count=5)
    assert (job.done_count, job.total_count) == (25, 25)


def test_an_unknown_total_stays_unknown_until_it_is_known(acme: Tenant) -> None:
    job = running(total_count=None)
    assert (advance_job(job, done_count=5, as_of=AS_OF).total_count, job.percent) == (None, None)
    assert (advance_job(job, done_count=5, as_of=AS_OF, total_count=10).total_count, job.percent) == (10, 50)


def test_the_rest_is_estimated_at_the_pace_so_far(acme: Tenant) -> None:
    job = running()
    assert job.remaining_seconds is None
    advance_job(job, done_count=25, as_of=AS_OF + timedelta(seconds=10))
    assert job.remaining_seconds == 30


def test_a_cancelled_job_stops_at_its_next_step(acme: Tenant) -> None:
    job, grace = running(), cast.grace()
    cancel_job(Job.objects.get(), by=grace, as_of=AS_OF)
    for step in (lambda: advance_job(job, done_count=1, as_of=AS_OF), lambda: finish_job(job, as_of=AS_OF)):
        with pytest.raises(JobCancelled):
            step()
    assert AuditEvent.objects.get(verb="job.cancelled").actor_id == grace.pk
    with pytest.raises(CannotMoveJob):
        cancel_job(job, by=grace, as_of=AS_OF)


def test_a_job_that_ended_cannot_end_again(acme: Tenant) -> None:
    job = finish_job(running(), as_of=AS_OF)
    with pytest.raises(CannotMoveJob):
        fail_job(job, error="late", as_of=AS_OF)


def test_a_silent_job_has_failed_and_says_the_remedy(acme: Tenant) -> None:
    job = running()
    assert fail_silent_jobs(as_of=AS_OF + timedelta(minutes=14)) == 0
    advance_job(job, done_count=1, as_of=AS_OF + timedelta(minutes=10))
    assert fail_silent_jobs(as_of=AS_OF + timedelta(minutes=20)) == 0
    assert fail_silent_jobs(as_of=AS_OF + timedelta(minutes=26)) == 1
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "The worker stopped. Start it again.")


def test_the_page_shows_running_jobs_first_and_asks_for_their_progress(acme: Tenant, client: Any) -> None:
    grace = cast.grace()
    done = finish_job(running(title="Done", as_of=AS_OF + timedelta(hours=1)), as_of=AS_OF)
    job = running(title="Running")
    client.force_login(grace)
    page = client.get(reverse("jobs")).content.decode()
    assert page.index("Running") < page.index(f"job-{done.pk}")
    assert page.count("hx-get") >= 1
    url = reverse("job_progress", args=[job.pk])
    assert url in page
    advance_job(job, done_count=40, as_of=AS_OF + timedelta(seconds=10))
    part = client.get(url).content.decode()
    assert 'aria-valuenow="40"' in part
    assert "40 of 100" in part
    finish_job(job, as_of=AS_OF)
    assert "hx-get" not in client.get(url).content.decode()


def test_a_failed_job_shows_its_error_and_a_way_to_try_again(acme: Tenant, client: Any) -> None:
    client.force_login(cast.grace())
    fail_job(running(retry_url_name="jobs"), error="Row 7 holds no name. Add one.", as_of=AS_OF)
    page = client.get(reverse("jobs")).content.decode()
    assert "Row 7 holds no name. Add one." in page
    assert "Try again" in page


def test_one_sees_ones_own_jobs_and_a_manager_all(acme: Tenant, client: Any) -> None:
    ada, ben = cast.ada(), cast.ben()
    job = running(by=ada)
    client.force_login(ben)
    assert client.get(reverse("job_progress", args=[job.pk])).status_code == 404
    assert client.post(reverse("job_cancellation", args=[job.pk])).status_code == 404
    client.force_login(cast.grace())
    assert client.get(reverse("job_progress", args=[job.pk])).status_code == 200
    client.force_login(ada)
    assert b"Importing accounts.csv" in client.get(reverse("job_card")).content
    assert client.post(reverse("job_cancellation", args=[job.pk])).status_code == 302
    assert client.get(reverse("job_card")).content == b""
