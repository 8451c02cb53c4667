"""One account: what is known, why its health is what it is, what runs, and what one can do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.ingest.models import Kind
from accounts.ingest.quality.queries.freshness import freshness_now, stale
from accounts.models import Account
from accounts.services import assign, record_interaction
from cshub.kernel.refusal import Refused
from cshub.users.access import can
from cshub.web.account_dialogs import account_dialogs
from cshub.web.account_page import page_context
from cshub.web.forms import AssignForm, NoteForm, TaskForm, blame, owners
from cshub.web.queries.account_book import account_book
from cshub.web.queries.account_facts import tickets_of, usage_of
from cshub.web.queries.account_list import forget_summary
from cshub.web.queries.account_view import account_view
from cshub.web.queries.timeline import KINDS
from cshub.web.views.renewals import open_renewals
from cshub.web.views.requests import me, visible_account
from health.predictions.panel import forecast_context
from health.value.panel import value_context
from playbooks.services import create_task

MODES = ("", "proactive", "reactive")
STANDS_ON = tuple(kind for kind in Kind if kind not in (Kind.ORDERS, Kind.INVOICES))


@require_GET
def account(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of the account; `timeline` filters it, `older` leads back in time."""
    found, as_of, mode = visible_account(request, pk), timezone.now(), request.GET.get("timeline", "")
    if found.merged_into_id is not None:
        messages.info(request, _("%(account)s was merged into this account.") % {"account": found})
        return redirect("account", pk=found.merged_into_id)
    kind = request.GET.get("kind", "")
    if mode not in MODES or kind not in KINDS:
        raise Http404
    try:
        view = account_view(found, mode=mode, kind=kind, older=request.GET.get("older", ""), as_of=as_of)  # type: ignore[arg-type]
    except ValueError:
        raise Http404 from None
    may_write = can(me(request), "account_task", "POST")
    context = {
        "account": found,
        "mode": mode,
        "kind": kind,
        "is_older": "older" in request.GET,
        "may_write": may_write,
        "may_log": all(can(me(request), "impact_log", method) for method in ("GET", "POST")),
        "may_see_impact": can(me(request), "impact", "GET"),
        "book": account_book(found, as_of=as_of),
        "open_renewals": open_renewals(found.pk, as_of=as_of),
        "usage": usage_of(found.pk, as_of=as_of),
        "tickets": tickets_of(found.pk, as_of=as_of),
        **forecast_context(found),
        **value_context(found, as_of=as_of),
        "may_mark": can(me(request), "account_strategic", "POST"),
        "may_see_terms": can(me(request), "value_settings", "GET"),
        "stale": stale(STANDS_ON, among=freshness_now(as_of=as_of)),
        "dialogs": account_dialogs(request, found, owners=list(owners()), people=view.everybody, today=as_of.date())
        if may_write
        else "",
        **page_context(view, as_of=as_of),
    }
    return render(request, "web/account.html", context)


def account_assign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give it to somebody else."""
    found = visible_account(request, pk)
    form = AssignForm(request.POST or None, initial={"owner": found.owner_id}, prefix="assign")

    def verb(as_of: datetime) -> str:
        owner = form.cleaned_data["owner"]
        assign(Account.objects.filter(pk=pk), owner=owner, by=me(request), as_of=as_of)
        forget_summary(me(request), found.owner, owner)
        return _("The account has a new owner.")

    return _form_page(request, found, form, verb, title=_("Change the owner"), button=_("Change the owner"))


def account_task(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add something to do."""
    found = visible_account(request, pk)
    form = TaskForm(request.POST or None, initial={"due_on": timezone.localdate()}, prefix="task")

    def verb(as_of: datetime) -> str:
        create_task(account=found, **form.cleaned_data, by=me(request), as_of=as_of)
        return _("The task is in the inbox of its owner.")

    return _form_page(request, found, form, verb, title=_("Add a task"), button=_("Add task"))


def account_note(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down what happened."""
    found = visible_account(request, pk)
    form = NoteForm(request.POST or None, account=found, prefix="note")

    def verb(as_of: datetime) -> str:
        data = {**form.cleaned_data, "occurred_at": form.cleaned_data["occurred_at"] or as_of}
        record_interaction(account=found, **data, user=me(request), by=me(request), as_of=as_of)
        return _("It is on the timeline.")

    return _form_page(request, found, form, verb, title=_("Write a note"), button=_("Add to the timeline"))


def _form_page(
    request: HttpRequest, found: Account, form: Form, verb: Callable[[datetime], str], *, title: str, button: str
) -> HttpResponse:
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                messages.success(request, verb(timezone.now()))
                return redirect("account", pk=found.pk)
            except (Refused, ValidationError) as refusal:
                blame(form, refusal)
    back = (found.name, reverse("account", args=[found.pk]))
    return render(
        request, "web/form.html", {"form": form, "title": title, "button": button, "back": back}, status=status
    )
