"""The account list: filters, saved views, the selection, and the file one takes away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.ingest.models import Kind
from accounts.ingest.quality.queries.freshness import freshness_now, stale
from accounts.models import Account
from accounts.queries.custom_fields import fields_of
from accounts.services import assign, record_account
from cshub.kernel.refusal import Refused
from cshub.l10n import formats
from cshub.users.access import can
from cshub.users.models import User
from cshub.web import services
from cshub.web.filters import Filters, read_filters
from cshub.web.forms import AccountForm, AssignForm, TaskForm, blame, owners
from cshub.web.list_dialogs import ASSIGN, TASK, list_dialogs
from cshub.web.list_page import list_context
from cshub.web.navigation import shell_of
from cshub.web.queries.account_list import AccountPage, account_page, forget_summary
from cshub.web.queries.cursors import Cursor, cursor
from cshub.web.rules import segment_url
from cshub.web.views.requests import me, selected_accounts, way_back
from playbooks.services import create_tasks

STANDS_ON = (Kind.ACCOUNTS, Kind.CONTRACTS, Kind.USAGE, Kind.INTERACTIONS)


@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """The list. Its whole state stands in the address."""
    people = list(owners())
    filters = _filters(request, people=people)
    at = _cursor(request, filters)
    as_of = timezone.now()
    try:
        with filters.in_time():
            found = filters.of(Account.objects.visible_to(me(request)), user=me(request), as_of=as_of)
            page: AccountPage = account_page(
                found, sort=filters.sort, at=at, as_of=as_of, with_value=bool(filters.columns)
            )
    except Refused as refusal:
        return _without_rule(request, refusal)
    context = list_context(page, filters, user=me(request), views=shell_of(request).views, as_of=as_of)
    may_write = can(me(request), "accounts_assign", "POST")
    return render(
        request,
        "web/accounts.html",
        {
            **context,
            "stale": stale(STANDS_ON, among=freshness_now(as_of=as_of)),
            "may_write": may_write,
            "segment_url": segment_url(filters, user=me(request)),
            "dialogs": list_dialogs(
                request, filters, people=people, known=context["known"], may_write=may_write, today=as_of.date()
            ),
        },
    )


def account_create(request: HttpRequest) -> HttpResponse:
    """Add an account by hand."""
    form = AccountForm(request.POST or None, initial={"owner": me(request), "status": Account.Status.ACTIVE})
    if request.method == "POST" and form.is_valid():
        try:
            account = record_account(**form.cleaned_data, by=me(request), as_of=timezone.now())
        except (Refused, ValidationError) as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("The account is added. Revenue comes with its first contract."))
            return redirect("account", pk=account.pk)
    context = {
        "form": form,
        "title": _("Add account"),
        "button": _("Add account"),
        "back": (_("Accounts"), reverse("accounts")),
    }
    return render(request, "web/form.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def accounts_assign(request: HttpRequest) -> HttpResponse:
    """Give the ticked accounts to somebody. Without a choice yet, asks for it."""
    chosen = selected_accounts(request)
    form = AssignForm(_answer(request), prefix=ASSIGN)
    if answer := _nothing_chosen(request):
        return answer
    if form.is_bound and form.is_valid():
        owner: User | None = form.cleaned_data["owner"]
        count = assign(chosen, owner=owner, by=me(request), as_of=timezone.now())
        forget_summary(me(request), owner)
        name = str(owner) if owner else _("nobody")
        words = ngettext(
            "%(count)s account now belongs to %(name)s.", "%(count)s accounts now belong to %(name)s.", count
        )
        messages.success(request, words % {"count": formats.number(count), "name": name})
        return _back(request)
    return _ask(request, form, title=_("Assign accounts"), button=_("Assign"))


@require_POST
def accounts_task(request: HttpRequest) -> HttpResponse:
    """The same task for each ticked account, in one transaction. Without its title yet, asks for it."""
    form = TaskForm(_answer(request), prefix=TASK, initial={"due_on": timezone.localdate()})
    if answer := _nothing_chosen(request):
        return answer
    if form.is_bound and form.is_valid():
        try:
            count = create_tasks(selected_accounts(request), **form.cleaned_data, by=me(request), as_of=timezone.now())
        except Refused as refusal:
            blame(form, refusal)
        else:
            words = ngettext("%(count)s task added.", "%(count)s tasks added.", count)
            messages.success(request, words % {"count": formats.number(count)})
            return _back(request)
    return _ask(request, form, title=_("Add a task to each account"), button=_("Add tasks"))


def accounts_export(request: HttpRequest) -> HttpResponse:
    """The whole view (GET) or the ticked rows (POST) as CSV."""
    as_of = timezone.now()
    if request.method == "POST":
        if answer := _nothing_chosen(request):
            return answer
        found, sort = selected_accounts(request), "name"
    else:
        filters = _filters(request, people=list(owners()))
        try:
            found = filters.of(Account.objects.visible_to(me(request)), user=me(request), as_of=as_of)
        except Refused as refusal:
            return _without_rule(request, refusal)
        sort = filters.sort
    text = services.export_accounts(found, sort=sort, by=me(request), as_of=as_of)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="accounts-{as_of.date().isoformat()}.csv"'
    return response


def _filters(request: HttpRequest, *, people: list[User]) -> Filters:
    filters = read_filters(request.GET, people=people, definitions=fields_of("account"))
    for problem in filters.problems:
        messages.warning(request, problem)
    return filters


def _without_rule(request: HttpRequest, refusal: Refused) -> HttpResponseRedirect:
    messages.error(request, str(refusal))
    return redirect("accounts")


def _cursor(request: HttpRequest, filters: Filters) -> Cursor | None:
    if not request.GET.get("at"):
        return None
    try:
        return cursor(request.GET["at"], sort=filters.sort)
    except ValueError:
        messages.warning(request, _("The address of the page was damaged. This is the first page."))
        return None


def _answer(request: HttpRequest) -> QueryDict | None:
    """What was answered in the dialog or on the page; None while the question is still to be asked."""
    return request.POST if "answered" in request.POST else None


def _nothing_chosen(request: HttpRequest) -> HttpResponseRedirect | None:
    if request.POST.getlist("account"):
        return None
    messages.error(request, _("No account is selected. Tick the rows first."))
    return _back(request)


def _ask(request: HttpRequest, form: Form, *, title: str, button: str) -> HttpResponse:
    """The page that asks what the dialog asks, for browsers without scripts and for corrections."""
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "button": button,
        "back": (_("Accounts"), way_back(request, reverse("accounts"))),
        "hidden": [("account", pk) for pk in request.POST.getlist("account")]
        + [("next", way_back(request, reverse("accounts"))), ("answered", "1")],
    }
    return render(request, "web/form.html", context, status=422 if form.is_bound else 200)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    return redirect(way_back(request, reverse("accounts")))
