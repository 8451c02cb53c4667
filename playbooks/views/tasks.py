"""Pages of tasks: done, later, somebody else's, called off. Each is a page of its own and a part for htmx."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cshub.kernel.refusal import Refused
from cshub.users.models import User
from playbooks import services
from playbooks.forms import CancelForm, CompletionForm, ReassignForm, SnoozeForm
from playbooks.models import Task
from playbooks.services.tasks import OPEN


def task_complete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Done, with minutes and result."""
    task = _task(pk)
    form = CompletionForm(request.POST or None, initial={"minutes": task.expected_minutes})

    def complete(as_of: Any) -> None:
        data = form.cleaned_data
        services.complete(task, **{**data, "channel": data["channel"] or "task"}, by=_me(request), as_of=as_of)

    return _form_page(
        request,
        task,
        form,
        complete,
        title=_("Complete the task"),
        button=_("Complete"),
        done=_("Done and on the timeline."),
    )


def task_snooze(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Out of the inbox until a day."""
    task = _task(pk)
    form = SnoozeForm(request.POST or None, initial=SnoozeForm.tomorrow(timezone.now()), renewal_on=_next_renewal(task))

    def snooze(as_of: Any) -> None:
        services.snooze(task, until=form.moment(_me(request)), by=_me(request), as_of=as_of)

    return _form_page(request, task, form, snooze, title=_("Snooze the task"), button=_("Snooze"), done=_("Snoozed."))


def task_reassign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """To somebody else."""
    task = _task(pk)
    form = ReassignForm(request.POST or None, initial={"owner": task.owner_id})

    def reassign(as_of: Any) -> None:
        services.reassign(task, owner=form.cleaned_data["owner"], by=_me(request), as_of=as_of)

    return _form_page(
        request, task, form, reassign, title=_("Hand the task over"), button=_("Hand over"), done=_("Handed over.")
    )


def task_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Called off, with the reason."""
    task = _task(pk)
    form = CancelForm(request.POST or None)

    def cancel(as_of: Any) -> None:
        services.cancel(task, reason=form.cleaned_data["reason"], by=_me(request), as_of=as_of)

    return _form_page(
        request, task, form, cancel, title=_("Call the task off"), button=_("Call off"), done=_("Called off.")
    )


@require_POST
def task_start(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Begin; a task of nobody becomes one's own."""
    task = _task(pk)
    try:
        services.start(task, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _onward(request)


def _form_page(
    request: HttpRequest,
    task: Task,
    form: forms.Form,
    verb: Callable[[Any], None],
    *,
    title: str,
    button: str,
    done: str,
) -> HttpResponse:
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                verb(timezone.now())
            except Refused as refusal:
                status = 409
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                messages.success(request, done)
                return _onward(request)
    context = {
        "task": task,
        "form": form,
        "title": title,
        "button": button,
        "next": _next(request),
        "is_open": task.state in OPEN,
    }
    if request.headers.get("HX-Request"):
        return render(request, "playbooks/_task_form.html", context)  # htmx shows only answers that are not errors
    return render(request, "playbooks/task_form.html", context, status=status)


def _onward(request: HttpRequest) -> HttpResponse:
    target = _next(request) or resolve_url("inbox")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else ""


def _task(pk: UUID) -> Task:
    return get_object_or_404(Task.objects.select_related("account__revenue", "owner"), pk=pk)


def _next_renewal(task: Task) -> date | None:
    """The day on which the account renews next; one that is over warns of nothing."""
    day: date | None = getattr(getattr(task.account, "revenue", None), "next_renewal_on", None)
    return day if day and day >= timezone.localdate() else None


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
