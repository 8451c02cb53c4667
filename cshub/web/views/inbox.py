"""The inbox: what to do now, why it is first, and what there is to know about it."""

from __future__ import annotations

from datetime import date
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
from playbooks.queries import InboxItem, InboxRow, Place, inbox_item
from playbooks.queries import inbox as inbox_page
from playbooks.services import may_work

VIEWS = {"mine": _("Mine"), "team": _("Team"), "snoozed": _("Snoozed")}
GROUPS = {"now": _("Now"), "today": _("Today"), "this_week": _("This week"), "later": _("Later")}
STANDS_ON = (Kind.CONTRACTS, Kind.USAGE, Kind.SURVEYS, Kind.INTERACTIONS)


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The list with one item opened: the one asked for, else the first. Who has no customers starts at the reports."""
    if me(request).role not in CUSTOMER_WORK:
        return redirect("reports")
    view, after, as_of = request.GET.get("view", "mine"), request.GET.get("after", ""), timezone.now()
    if view not in VIEWS:
        raise Http404
    page = inbox_page(me(request), scope=view, as_of=as_of, after=_place(after))  # type: ignore[arg-type]
    rows, asked = page.rows, _asked_for(request)
    chosen = asked or (rows[0].task_id if rows else None)
    item = inbox_item(chosen, as_of=as_of, among=page) if chosen else None
    if asked and item is None:
        raise Http404
    here = {"view": view, "after": after}
    context = {
        "as_of": as_of,
        "groups": [(GROUPS[key], list(group)) for key, group in groupby(rows, key=lambda row: row.group)],
        "row_count": len(rows),
        "has_more": bool(page.after or after),
        "next_url": _address(view=view, after=_told(page.after)) if page.after else "",
        "previous_url": _address(view=view) if after else "",
        "items_url": _address(**here, item="-").removesuffix("-"),
        "own": me(request).pk if view == "mine" else None,
        "stale": stale(STANDS_ON, among=freshness_now(as_of=as_of)),
        "view": view,
        "views": [(key, label, _address(view=key)) for key, label in VIEWS.items()],
        "snoozed_count": snoozed_count(me(request), as_of=as_of),
        "item": item,
        "is_open": asked is not None,
        "list_url": _address(**here),
        **_around(rows, item, here),
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


def _place(text: str) -> Place | None:
    """Where the page begins. What was cut is not found."""
    due_on, _tilde, task = text.partition("~")
    try:
        return Place(date.fromisoformat(due_on), UUID(task)) if text else None
    except ValueError:
        raise Http404 from None


def _told(place: Place) -> str:
    return f"{place.due_on.isoformat()}~{place.task_id}"


def _around(rows: list[InboxRow], item: InboxItem | None, here: dict[str, str]) -> dict[str, Any]:
    """Where the item stands in the list, and where to go when it is done: to the one after it."""
    places = [row.task_id for row in rows]
    chosen = item.row.task_id if item else None
    at = places.index(chosen) if chosen in places else None
    following = places[at + 1] if at is not None and at + 1 < len(places) else None
    return {
        "is_first": at == 0 and not here["after"],
        "after_url": _address(**here, item=str(following or "")),
        "here_url": _address(**here, item=str(chosen or "")),
    }


def _address(*, view: str, after: str = "", item: str = "") -> str:
    asked = {"view": "" if view == "mine" else view, "after": after, "item": item}
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("inbox") + (f"?{query}" if query else "")
