"""Pages of the health model: the scorecards, one with its versions, the editor with its live preview, and the way to an approval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cshub.kernel.refusal import Refused
from cshub.tenancy.context import on_commit
from cshub.users.access import can
from cshub.users.models import User
from cshub.work.models import Job, JobState
from health import tasks
from health.models import Scorecard, ScorecardVersion
from health.queries.versions import VersionPage, scorecard_list, version_page
from health.scorecards import previewing, previews, versions
from health.scorecards.forms import DecisionForm
from health.services import draft_version

State = ScorecardVersion.State


@require_GET
def scorecards(request: HttpRequest) -> HttpResponse:
    """Every scorecard, those that score first."""
    return render(request, "health/scorecards.html", {"rows": scorecard_list(), "may_write": _may(request)})


@require_GET
def scorecard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One scorecard: what a version says and changes, whom it moves, and the decision about it."""
    found = get_object_or_404(Scorecard.objects.visible_to(_me(request)), pk=pk)
    numbered = found.versions.select_related(
        "scorecard", "author", "preview__computed_by", "preview_job__created_by"
    ).order_by("-number")
    number = request.GET.get("version", "")
    version = numbered.filter(number=int(number)).first() if number.isdecimal() else numbered.first()
    if version is None:
        raise Http404
    me, page = _me(request), version_page(version, as_of=timezone.now())
    is_author = version.author_id == me.pk
    is_open = version.state in versions.EDITABLE
    context = {
        "page": page,
        "version": version,
        "form": DecisionForm(initial={"preview": page.preview.digest if page.preview else ""}),
        "may_write": _may(request),
        "may_edit": _may(request) and is_open and is_author,
        "job": _shown(version.preview_job, page),
        "may_preview": _may(request)
        and version.state in previews.WAITING
        and not (version.preview_job and version.preview_job.is_open),
        "may_submit": _may(request) and is_open and is_author and page.preview and not page.late,
        "may_decide": version.state == State.SUBMITTED and can(me, "scorecard_decision", "POST"),
        "is_author": is_author,
    }
    return render(request, "health/scorecard.html", context)


@require_POST
def scorecard_new_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draft the next version from the newest one."""
    found = get_object_or_404(Scorecard, pk=pk)
    newest = found.versions.order_by("-number").first()
    if newest is None:
        raise Http404
    try:
        version = draft_version(found, definition=newest.definition, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("scorecard", pk=pk)
    return redirect("scorecard_edit", pk=version.pk)


@require_POST
def scorecard_preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Compute on all accounts what a version changes, and keep it; for a large book in the background."""
    version = get_object_or_404(ScorecardVersion, pk=pk)
    try:
        made = previewing.order_preview(version, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _back(version)
    if isinstance(made, Job):
        job_id = str(made.pk)
        on_commit(lambda: tasks.follow_preview.delay(job_id=job_id))
        messages.success(request, _("The preview is being computed. You can leave this page meanwhile."))
    else:
        messages.success(request, _("Computed. It shows who changes band, and why."))
    return _back(version)


@require_GET
def scorecard_progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that asks for itself while a preview is computed; once its job has ended it leads on."""
    version = get_object_or_404(ScorecardVersion.objects.select_related("preview_job"), pk=pk)
    if version.preview_job is None or not version.preview_job.is_open:
        return HttpResponse(headers={"HX-Redirect": _back(version)["Location"]})
    context = {"version": version, "job": version.preview_job}
    return render(request, "health/_scorecard_progress.html", context)


@require_POST
def scorecard_submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask somebody else to approve a draft."""
    return _do(request, pk, versions.submit, _("Submitted. Somebody else has to approve it."))


@require_POST
def scorecard_withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a submitted version back."""
    return _do(request, pk, versions.withdraw, _("Withdrawn. It is a draft again."))


@require_POST
def scorecard_decision(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve a version or return it; one decision for this page, the admin site and the API."""
    version = get_object_or_404(ScorecardVersion, pk=pk)
    try:
        messages.success(request, DecisionForm(request.POST).take(version, by=_me(request), as_of=timezone.now()))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(version)


def _do(request: HttpRequest, pk: UUID, verb: Callable[..., Any], words: str) -> HttpResponse:
    version = get_object_or_404(ScorecardVersion, pk=pk)
    try:
        verb(version, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
    return _back(version)


def _shown(job: Job | None, page: VersionPage) -> Job | None:
    """The job of the preview while it is under way, or failed and no preview came since."""
    if job is None or job.state not in (JobState.QUEUED, JobState.RUNNING, JobState.FAILED):
        return None
    return None if not job.is_open and page.preview and page.preview.as_of > job.created_at else job


def _back(version: ScorecardVersion) -> HttpResponse:
    return redirect(f"{reverse('scorecard', args=[version.scorecard_id])}?version={version.number}")


def _may(request: HttpRequest) -> bool:
    return can(_me(request), "scorecard_create", "POST")


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
