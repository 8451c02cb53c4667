"""Pages about background work: jobs with their progress, and mails that wait or were kept."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cshub.kernel.refusal import Refused
from cshub.work import jobs as verbs
from cshub.work import queries
from cshub.work.models import Job


def jobs(request: HttpRequest) -> HttpResponse:
    """Running jobs first; each row asks for its own progress."""
    return render(request, "jobs/jobs.html", {"page": queries.jobs_page(request.user)})  # type: ignore[arg-type]


def job_progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One row, asked for every two seconds until the job has ended."""
    job = get_object_or_404(Job.objects.visible_to(request.user).select_related("created_by"), pk=pk)  # type: ignore[arg-type]
    return render(request, "jobs/_job.html", {"job": job})


def job_card(request: HttpRequest) -> HttpResponse:
    """What the navigation shows of one's own running job; empty without one."""
    job = queries.present_job(request.user)  # type: ignore[arg-type]
    return render(request, "jobs/_card.html", {"job": job}) if job else HttpResponse()


def job_cancellation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Cancel a job."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)  # type: ignore[arg-type]
    try:
        verbs.cancel_job(job, by=request.user, as_of=timezone.now())  # type: ignore[arg-type]
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(job)s was cancelled.") % {"job": job})
    return redirect("jobs")


def mails(request: HttpRequest) -> HttpResponse:
    """What waits or left, and, without a mail server, the mails themselves."""
    kept = queries.kept_mails() if queries.mails_are_kept() else ()
    return render(
        request,
        "settings/mail.html",
        {"kept": kept, "are_kept": queries.mails_are_kept(), "entries": queries.outbox_page()},
    )


def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One kept mail."""
    found = queries.kept_mail(name) if queries.mails_are_kept() else None
    if found is None:
        raise Http404
    return render(request, "settings/mail_message.html", {"mail": found})
