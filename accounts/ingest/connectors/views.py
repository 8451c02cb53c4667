"""The pages of connectors: what is connected, how it goes, and setting one up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.ingest.connectors import queries, services, tasks
from accounts.ingest.connectors.adapters import ADAPTERS
from accounts.ingest.connectors.forms import ConnectorForm, StartForm
from accounts.ingest.connectors.models import Connector, SyncRun
from accounts.ingest.kinds import KINDS
from accounts.ingest.models import Kind
from cshub.kernel.refusal import Refused
from cshub.tenancy.context import on_commit
from cshub.users.models import User

if TYPE_CHECKING:
    from uuid import UUID

SHOWN_PROBLEMS = 100


@require_GET
def integrations(request: HttpRequest) -> HttpResponse:
    """Every source, its last success and its last error."""
    now = timezone.now()
    context = {"connectors": queries.connector_rows(as_of=now), "kinds": dict(Kind.choices), "as_of": now}
    return render(request, "connectors/integrations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def connector_create(request: HttpRequest) -> HttpResponse:
    """Choose what to read from, then set it up."""
    if "adapter" not in request.GET:
        return render(request, "connectors/start.html", {"form": StartForm(), "trail": _trail()})
    start = StartForm(request.GET)
    if not start.is_valid():
        return render(request, "connectors/start.html", {"form": start, "trail": _trail()}, status=422)
    adapter, brings = ADAPTERS[start.cleaned_data["adapter"]], start.cleaned_data["brings"]
    form = ConnectorForm(request.POST or None, adapter=adapter, brings=brings)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_connector(
                adapter=adapter.key, brings=brings, by=_me(request), as_of=timezone.now(), **form.said()
            )
        except Refused as refusal:
            form.refuse(refusal.field, str(refusal))
        else:
            _wake()
            messages.success(request, _("The connector is set up. Its first run starts now."))
            return redirect("connector", made.pk)
    context = {"form": form, "adapter": adapter, "brings": dict(Kind.choices)[brings], "trail": _trail()}
    return render(request, "connectors/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def connector_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change what a source is."""
    connector = _connector(pk)
    adapter = ADAPTERS[connector.adapter]
    form = ConnectorForm(request.POST or None, adapter=adapter, brings=connector.brings, connector=connector)
    if request.method == "POST" and form.is_valid():
        try:
            services.revise_connector(connector, by=_me(request), as_of=timezone.now(), **form.said())
        except Refused as refusal:
            form.refuse(refusal.field, str(refusal))
        else:
            _wake()
            saved = (
                _("The changes are saved. A run starts now.") if connector.is_active else _("The changes are saved.")
            )
            messages.success(request, saved)
            return redirect("connector", connector.pk)
    context = {
        "form": form, "adapter": adapter, "connector": connector, "brings": dict(Kind.choices)[connector.brings],
        "trail": [*_trail(), (connector.name, reverse("connector", args=[pk]))],
    }  # fmt: skip
    return render(request, "connectors/edit.html", context, status=422 if form.errors else 200)


@require_GET
def connector(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How one source goes: its log, and the rows that need a fix."""
    return render(request, "connectors/connector.html", _page(_connector(pk)))


@require_POST
def connector_trial(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Read the first rows and show what would become of them."""
    one = _connector(pk)
    context = _page(one)
    try:
        trial = services.try_connector(one, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        context["trial_error"] = str(refusal)
    else:
        labels = {field.name: field.label for field in KINDS[one.brings].fields}
        context["trial"] = [
            {
                "text": _as_json(row),
                "values": [(labels.get(name, name), value) for name, value in (values or {}).items()],
                "is_ours": values is not None,
                "result": result,
            }
            for row, values, result in zip(trial.rows, trial.values, trial.results, strict=True)
        ]
    return render(request, "connectors/connector.html", context)


@require_POST
def connector_order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Read it now: what is new, or everything again."""
    from_start = request.POST.get("from_start") == "1"
    try:
        services.order_sync(_connector(pk), from_start=from_start, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        _wake()
        messages.success(request, _("The run starts now. Its result appears in the log."))
    return redirect("connector", pk)


@require_POST
def connector_switch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Switch a source on or off."""
    is_active = request.POST.get("is_active") == "1"
    services.switch_connector(_connector(pk), is_active=is_active, by=_me(request), as_of=timezone.now())
    return redirect("connector", pk)


@require_POST
def connector_removal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Forget a source; its name has to be typed."""
    one = _connector(pk)
    if request.POST.get("name", "").strip() != one.name:
        messages.error(request, _("Type the connector's name to remove it."))
        return redirect("connector", pk)
    services.remove_connector(one, by=_me(request), as_of=timezone.now())
    messages.success(request, _("The connector is removed. The facts it brought stay."))
    return redirect("integrations")


def _page(connector: Connector) -> dict[str, Any]:
    runs, troubled = list(queries.latest_runs(connector)), queries.troubled_run(connector)
    now = timezone.now()
    labels = {field.name: field.label for field in KINDS[connector.brings].fields}
    problems = list(troubled.problems.order_by("position")[:SHOWN_PROBLEMS]) if troubled else []
    return {
        "connector": connector,
        "kind": dict(Kind.choices)[connector.brings],
        "is_running": queries.is_running(connector, as_of=now),
        "is_due": queries.is_due(connector, as_of=now),
        "runs": runs,
        "most_runs": queries.SHOWN_RUNS,
        "problems": [(each, labels.get(each.field, each.field), _as_json(each.row)) for each in problems],
        "troubled": troubled,
        "states": SyncRun.State,
        "trail": _trail(),
        "as_of": now,
    }


def _as_json(row: object) -> str:
    """A row as its source wrote it, to be read by people."""
    return json.dumps(row, indent=2, ensure_ascii=False)


def _trail() -> list[tuple[str, str]]:
    return [(_("Integrations"), reverse("integrations"))]


def _wake() -> None:
    on_commit(lambda: tasks.sync_due.delay())


def _connector(pk: UUID) -> Connector:
    return get_object_or_404(Connector.objects.select_related("created_by"), pk=pk)


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the access table lets nobody else in
    return request.user
