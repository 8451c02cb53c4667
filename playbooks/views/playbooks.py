"""Pages of playbooks: the list, one playbook, the editor, and every step of its approval."""

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
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from cshub.kernel.refusal import Refused
from cshub.users.access import can
from cshub.users.models import User
from playbooks import queries, services
from playbooks.forms import DecisionForm, PlaybookForm, StepFormSet, initial_of, steps_of
from playbooks.models import Playbook, PlaybookVersion

State = PlaybookVersion.State
NEW: dict[str, Any] = {
    "mode": "proactive", "trigger": "renewal_runway", "days_before": 90, "to_bands": ["risk", "watch"], "horizon_days": 180,
    "holdout_percent": 20,
}  # fmt: skip
MOVES: dict[str, tuple[Callable[..., PlaybookVersion], str]] = {
    "paused": (services.pause, gettext_noop("Paused. Nobody is enrolled and no step is written until you resume.")),
    "active": (services.resume, gettext_noop("Running again.")),
    "retired": (services.retire, gettext_noop("Retired. Runs under way keep their steps.")),
    "draft": (services.withdraw, gettext_noop("Withdrawn. It is a draft again.")),
}


def playbooks(request: HttpRequest) -> HttpResponse:
    """Every playbook, the running ones first."""
    return render(request, "playbooks/playbooks.html", {"rows": queries.playbook_list(), "may_write": _may(request)})


@require_POST
def playbook_starters(request: HttpRequest) -> HttpResponse:
    """Put the two starter playbooks in place as drafts."""
    services.ensure_templates(author=_me(request), as_of=timezone.now())
    messages.success(request, _("Two drafts are ready. Read them, then submit them for approval."))
    return redirect("playbooks")


def playbook(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One playbook: what a version says, what it changes, whom it would have met, and the runs."""
    found = get_object_or_404(Playbook, pk=pk)
    number = request.GET.get("version", "")
    as_of = timezone.now()
    page = queries.playbook_page(found, number=int(number) if number.isdecimal() else None, as_of=as_of)
    if page is None:
        raise Http404
    version, me = page.version, _me(request)
    context = {
        "page": page,
        "preview": queries.preview(version, as_of=as_of),
        "changes": queries.changes(version),
        "form": DecisionForm(initial={"content_hash": version.content_hash}),
        "may_write": _may(request),
        "may_edit": _may(request) and version.state in (State.DRAFT, State.RETURNED) and version.author_id == me.pk,
        "may_decide": version.state == State.SUBMITTED and can(me, "playbook_decision", "POST"),
        "is_author": version.author_id == me.pk,
        "as_of": as_of.date(),
    }
    return render(request, "playbooks/playbook.html", context)


def playbook_create(request: HttpRequest) -> HttpResponse:
    """A new playbook and its first draft."""
    form = PlaybookForm(request.POST or None, initial=NEW)
    steps = StepFormSet(request.POST or None, prefix="steps")
    if _are_valid(request, form, steps):
        about = {name: form.cleaned_data[name] for name in ("name", "purpose", "mode")}
        try:
            version = services.create_playbook(
                **about, **form.content(steps_of(steps)), by=_me(request), as_of=timezone.now()
            )
        except Refused as refusal:
            form.blame(refusal.message, refusal.field)
        else:
            return _saved(request, version)
    return _editor(request, form, steps, None)


def playbook_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a draft."""
    version = get_object_or_404(PlaybookVersion.objects.select_related("playbook", "author"), pk=pk)
    me, as_of = _me(request), timezone.now()
    if version.state not in (State.DRAFT, State.RETURNED) or version.author_id != me.pk:
        return _do(request, pk, services.edit_version, "")  # refuses, and says why
    form = PlaybookForm(request.POST or None, initial=initial_of(version), playbook_is_new=False)
    steps = StepFormSet(request.POST or None, initial=None if request.POST else version.steps, prefix="steps")
    if _are_valid(request, form, steps):
        try:
            services.edit_version(version, **form.content(steps_of(steps)), by=me, as_of=as_of)
        except services.BadContent as refusal:
            form.blame(refusal.message, refusal.field)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return _back(version)
        else:
            return _saved(request, version)
    return _editor(request, form, steps, version)


@require_POST
def playbook_new_version(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draft the next version from the newest one."""
    found = get_object_or_404(Playbook, pk=pk)
    try:
        version = services.draft_version(found, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("playbook", pk=pk)
    return redirect("playbook_edit", pk=version.pk)


@require_POST
def playbook_submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Freeze a draft and ask for approval."""
    return _do(request, pk, services.submit, _("Submitted. Somebody else has to approve it."))


@require_POST
def playbook_state(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Pause, resume, retire or withdraw a version."""
    verb, words = MOVES.get(request.POST.get("state", ""), (None, ""))
    if verb is None:
        raise Http404
    return _do(request, pk, verb, _(words))


@require_POST
def playbook_decision(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve a version or return it; one decision for this page and the admin site."""
    version = get_object_or_404(PlaybookVersion, pk=pk)
    try:
        messages.success(request, DecisionForm(request.POST).take(version, by=_me(request), as_of=timezone.now()))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(version)


def _do(request: HttpRequest, pk: UUID, verb: Callable[..., PlaybookVersion], words: str) -> HttpResponse:
    version = get_object_or_404(PlaybookVersion, pk=pk)
    try:
        verb(version, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
    return _back(version)


def _are_valid(request: HttpRequest, form: PlaybookForm, steps: Any) -> bool:
    return request.method == "POST" and all([form.is_valid(), steps.is_valid()])


def _saved(request: HttpRequest, version: PlaybookVersion) -> HttpResponse:
    messages.success(request, _("Saved as a draft. Below is whom it would have met."))
    return _back(version)


def _back(version: PlaybookVersion) -> HttpResponse:
    return redirect(f"{reverse('playbook', args=[version.playbook_id])}?version={version.number}")


def _editor(request: HttpRequest, form: PlaybookForm, steps: Any, version: PlaybookVersion | None) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "playbooks/editor.html", {"form": form, "steps": steps, "version": version}, status=status)


def _may(request: HttpRequest) -> bool:
    return can(_me(request), "playbook_create", "POST")


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
