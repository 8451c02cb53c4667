"""The inbox: what to do now, why it is first, and what there is to know about it."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.ingest.models import Kind
from accounts.ingest.quality.queries.freshness import freshness_now, stale
from cshub.users.roles import CUSTOMER_WORK
from cshub.web.queries.inbox import next_item, snoozed_count
from cshub.web.views.renewals import open_renewals
from cshub.web.views.requests import as_id, me
from playbooks.models import Task
from playbooks.queries import InboxRow, inbox_item
from playbooks.queries import inbox as inbox_rows
from playbooks.services import may_work

VIEWS = {"mine": _("Mine"), "team": _("Team"), "snoozed": _("Snoozed")}
GROUPS = {"now": _("Now"), "today": _("Today"), "this_week": _("This week"), "later": _("Later")}
STANDS_ON = (Kind.CONTRACTS, Kind.USAGE, Kind.SURVEYS, Kind.INTERACTIONS)


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The list with one item opened: the one asked for, else the first. Who has no customers starts at the reports."""
    if me(request).role not in CUSTOMER_WORK:
        return redirect("reports")
    view, as_of = request.GET.get("view", "mine"), timezone.now()
    if view not in VIEWS:
        raise Http404
    rows = inbox_rows(me(request), scope=view, as_of=as_of)  # type: ignore[arg-type]
    asked = _asked_for(request)
    chosen = asked or (rows[0].task_id if rows else None)
    item = inbox_item(chosen, as_of=as_of) if chosen else None
    if asked and item is None:
        raise Http404
    context = {
        "as_of": as_of,
        "groups": [(GROUPS[key], list(group)) for key, group in groupby(rows, key=lambda row: row.group)],
        "row_count": len(rows),
        "stale": stale(STANDS_ON, among=freshness_now(as_of=as_of)),
        "view": view,
        "views": [(key, label, _address(key)) for key, label in VIEWS.items()],
        "snoozed_count": snoozed_count(me(request), as_of=as_of),
        "item": item,
        "is_open": asked is not None,
        "list_url": _address(view),
        **_around(rows, item, view),
    }
    if item:
        is_closed = item.row.state in (Task.State.DONE, Task.State.CANCELLED)
        context["closed_as"] = Task.State(item.row.state).label if is_closed else ""
        context["due_renewal"] = next(iter(open_renewals(item.row.account_id, as_of=as_of)), None)
        context["may_work"] = not is_closed and may_work(me(request), Task(owner_id=item.row.owner_id))
    if not rows:
        context["quiet"] = next_item(me(request), as_of=as_of)
    return render(request, "web/inbox.html", context)


def _asked_for(request: HttpRequest) -> UUID | None:
    if not request.GET.get("item"):
        return None
    pk = as_id(request.GET["item"])
    if pk is None:
        raise Http404
    return pk


def _around(rows: list[InboxRow], item: Any, view: str) -> dict[str, Any]:
    """Where the item stands in the list, and where to go when it is done: to the one after it."""
    places = [row.task_id for row in rows]
    here = item.row.task_id if item else None
    at = places.index(here) if here in places else None
    following = places[at + 1] if at is not None and at + 1 < len(places) else None
    return {
        "is_first": at == 0,
        "after_url": _address(view, item=following),
        "here_url": _address(view, item=here),
    }


def _address(view: str, *, item: UUID | None = None) -> str:
    asked = {"view": "" if view == "mine" else view, "item": str(item or "")}
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("inbox") + (f"?{query}" if query else "")
