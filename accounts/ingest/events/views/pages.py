"""The pages of events: what arrives, what waits, where it comes from, how long it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.ingest.events import queries, services
from accounts.ingest.events.forms import ArrivalFilter, PolicyForm, RotationForm, SourceForm
from accounts.ingest.events.models import RawBatch, RejectedEvent, Source
from cshub.kernel.refusal import Refused
from cshub.users.models import User

if TYPE_CHECKING:
    from uuid import UUID

LARGEST = 2**31  # a place in a request, and more


@require_GET
def arrivals(request: HttpRequest) -> HttpResponse:
    """Events as they arrive; the list asks for itself every second."""
    form = ArrivalFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    source, account = chosen.get("source"), chosen.get("account")
    context = {
        "form": form,
        "arrivals": queries.arrivals(source=source.pk if source else None, account=account.pk if account else None),
        "is_narrowed": bool(source or account),
        "numbers": queries.numbers(),
        "stuck": queries.stuck(),
        "live_url": f"{reverse('events')}?{request.GET.urlencode()}",
    }
    part = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    return render(request, "events/_arrivals.html" if part else "events/arrivals.html", context)


@require_GET
def arrival(request: HttpRequest, batch: int, position: int) -> HttpResponse:
    """One event whole."""
    found = queries.arrival(batch, position) if max(batch, position) < LARGEST else None
    if found is None:
        raise Http404
    return render(request, "events/arrival.html", {"detail": found})


@require_GET
def quarantine(request: HttpRequest) -> HttpResponse:
    """Events that wait with a reason, to be replayed or dismissed."""
    given = request.GET if "state" in request.GET else {**request.GET.dict(), "state": RejectedEvent.State.WAITING}
    form = ArrivalFilter(given)
    source, state = (form.cleaned_data["source"], form.cleaned_data["state"]) if form.is_valid() else (None, "")
    rows = queries.quarantine(source=source.pk if source else None, state=state)
    return render(request, "events/quarantine.html", {"form": form, "rows": rows, "numbers": queries.numbers()})


@require_POST
def replay(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send an event from quarantine through once more."""
    event = get_object_or_404(RejectedEvent.objects.visible_to(_me(request)), pk=pk)
    try:
        services.replay(event, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The event goes through once more. If it is still bad, it comes back."))
    return redirect("events_quarantine")


@require_POST
def dismiss(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say that an event in quarantine will not be taken."""
    event = get_object_or_404(RejectedEvent.objects.visible_to(_me(request)), pk=pk)
    try:
        services.dismiss(event, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The event is dismissed. It can still be read under “Dismissed”."))
    return redirect("events_quarantine")


@require_POST
def retry(request: HttpRequest, batch: int) -> HttpResponse:
    """Have a request that got stuck worked off again."""
    found = get_object_or_404(RawBatch.objects.visible_to(_me(request)), pk=min(batch, LARGEST))
    try:
        services.retry_batch(found, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("events")


@never_cache
def sources(request: HttpRequest) -> HttpResponse:
    """Where events come from; a new source's key is shown once, on the answer that made it."""
    form, plain = SourceForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            _source, plain = services.create_source(**form.cleaned_data, by=_me(request), as_of=timezone.now())
            form = SourceForm()
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
    return _sources_page(request, form, plain)


@never_cache
@require_POST
def rotation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a source a new key, shown once; the old one works on as chosen."""
    form, now = RotationForm(request.POST), timezone.now()
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["old_key"]))
        return redirect("settings_sources")
    _rotated, plain = services.rotate_key(
        _source(request, pk), by=_me(request), as_of=now, old_key_until=form.until(now)
    )
    return _sources_page(request, SourceForm(), plain)


@require_POST
def switch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a source's events, or refuse them from now on."""
    source = _source(request, pk)
    services.switch_source(source, is_active="on" in request.POST, by=_me(request), as_of=timezone.now())
    return redirect("settings_sources")


def retention(request: HttpRequest) -> HttpResponse:
    """How long events are kept."""
    form = PolicyForm(request.POST or None, initial=vars(services.policy()))
    if request.method == "POST" and form.is_valid():
        services.change_policy(form.chosen(), by=_me(request), as_of=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("settings_event_retention")
    return render(request, "events/retention.html", {"form": form}, status=422 if form.errors else 200)


def _sources_page(request: HttpRequest, form: SourceForm, plain: str) -> HttpResponse:
    context = {
        "form": form,
        "plain": plain,
        "rotation": RotationForm(),
        "now": timezone.now(),
        "sources": queries.sources(),
        "endpoint": request.build_absolute_uri("/v1/batch"),
    }
    return render(request, "events/sources.html", context, status=422 if form.errors else 200)


def _source(request: HttpRequest, pk: UUID) -> Source:
    return get_object_or_404(Source.objects.visible_to(_me(request)), pk=pk)


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
