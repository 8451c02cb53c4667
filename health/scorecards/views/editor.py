"""The editor of a formula: every change shows at once, on the tenant's own accounts, who would change band."""

from __future__ import annotations

import copy
import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cshub.kernel.refusal import Refused
from cshub.users.models import User
from health.engine.definition import canonical_hash
from health.models import Scorecard, ScorecardVersion
from health.queries.versions import Seen, seen
from health.scorecards import starter, versions
from health.scorecards.assignment import in_force, with_version
from health.scorecards.checking import BadDefinition, checked
from health.scorecards.editing import changed, typed
from health.scorecards.fields import choices_of, rows_of
from health.scorecards.previews import difference
from health.segments.rules import WEB_MILLISECONDS, BadRule
from health.segments.sql.limits import TookTooLong, within
from health.sql.previews import sample

SHOWN = 10
SAMPLED = 2_000


def scorecard_create(request: HttpRequest) -> HttpResponse:
    """Write a scorecard of one's own, beginning with what scores most accounts now."""
    active = in_force()
    first = copy.deepcopy(active[-1].definition if active else starter("standard"))
    first.pop("scope", None)
    return _editor(request, None, {**first, "name": _("New scorecard")})


def scorecard_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change one's own draft."""
    version = get_object_or_404(ScorecardVersion.objects.select_related("scorecard", "author"), pk=pk)
    if version.state not in versions.EDITABLE or version.author_id != _me(request).pk:
        messages.error(request, _("Only its author edits a draft, and nobody what was submitted. Draft a new version."))
        return _to(version)
    return _editor(request, version, version.definition)


def _editor(request: HttpRequest, version: ScorecardVersion | None, first: dict[str, Any]) -> HttpResponse:
    # a changed field sends the button that has the focus along: it was not pressed
    do = "" if request.headers.get("HX-Trigger") == "editor" else str(request.POST.get("do", ""))
    as_json = "json" in (request.GET.get("as"), request.POST.get("mode"))
    document, path, problem = _sent(request, copy.deepcopy(first), do, as_json=as_json)
    if version and "name" in document:
        document["name"] = first["name"]
    if not problem:
        path, problem = _fault(document)
    if do == "save" and not problem:
        try:
            return _saved(request, version, document)
        except Refused as refusal:
            path, problem = refusal.field, str(refusal)
    context = {
        "version": version,
        "as_json": as_json,
        "text": request.POST.get("definition") if request.POST.get("mode") == "json" else _as_text(document),
        "choices": choices_of(document),
        **rows_of(document, path, problem, _unfolded(request, document, do)),
        "problem": problem,
        **({} if problem else live(version, document)),
    }
    return render(request, "health/scorecard_editor.html", context, status=422 if do == "save" else 200)


def _unfolded(request: HttpRequest, document: dict[str, Any], do: str) -> set[str]:
    """The measures whose fields are shown: those that were, and one that was just added."""
    found = set(request.POST.getlist("open"))
    verb, _colon, place = do.partition(":")
    groups = document["groups"] if isinstance(document.get("groups"), list) else []
    if verb == "add_group" and groups:
        found.add(f"g{len(groups) - 1}m0")
    if verb == "add_measure" and place.isdecimal() and int(place) < len(groups):
        found.add(f"g{int(place)}m{len(groups[int(place)]['measures']) - 1}")
    return found


def live(version: ScorecardVersion | None, document: dict[str, Any]) -> dict[str, Any]:
    """The bands before and after, and the largest accounts that move, on at most SAMPLED accounts; or the sentence why not."""
    card = version.scorecard if version else Scorecard(name=document["name"])
    tried = ScorecardVersion(definition=document, definition_hash=canonical_hash(document))
    tried.scorecard = card
    if version:
        tried.pk = version.pk
    as_of = timezone.now()
    try:
        with within(WEB_MILLISECONDS):
            accounts = sample(SAMPLED + 1)
            some = accounts[:SAMPLED] if len(accounts) > SAMPLED else None
            content = difference(in_force(), with_version(tried), as_of=as_of, shown=SHOWN, account_ids=some)
    except TookTooLong:
        return {"live_problem": _("Too much for a preview while you type. Save the draft and compute its preview.")}
    except BadRule as refusal:
        return {"live_problem": str(refusal)}
    found: Seen = seen({**content, "backtest": None})
    return {"seen": found, "sampled": SAMPLED if some else 0}


def _sent(request: HttpRequest, first: dict[str, Any], do: str, *, as_json: bool) -> tuple[dict[str, Any], str, str]:
    """The definition that was sent, or where one starts from; with the fault of what is no JSON."""
    data = request.POST
    if data.get("mode") == "json" and as_json:
        try:
            document = json.loads(data.get("definition", ""))
        except (ValueError, RecursionError):
            return first, "definition", _("The definition is not JSON. Check brackets, commas and quotation marks.")
        if not isinstance(document, dict):
            return first, "definition", _("The definition has to be a JSON object.")
        return document, "", ""
    return (changed(typed(data), do) if "mode" in data else first), "", ""


def _fault(document: dict[str, Any]) -> tuple[str, str]:
    """Path and sentence of the first term that makes no sense; empty where all do."""
    try:
        checked(document)
    except BadDefinition as refusal:
        return refusal.field, str(refusal)
    return "", ""


def _saved(request: HttpRequest, version: ScorecardVersion | None, document: dict[str, Any]) -> HttpResponse:
    by, as_of = _me(request), timezone.now()
    if version is None:
        version = versions.create_scorecard(definition=document, by=by, as_of=as_of)
    else:
        version = versions.edit_version(version, definition=document, by=by, as_of=as_of)
    messages.success(request, _("Saved as a draft. Compute its preview on all accounts, then submit it."))
    return _to(version)


def _as_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def _to(version: ScorecardVersion) -> HttpResponse:
    return redirect(f"{reverse('scorecard', args=[version.scorecard_id])}?version={version.number}")


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
