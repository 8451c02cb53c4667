"""The editor of a formula: every change shows at once, on the tenant's own accounts, who would change band."""

from __future__ import annotations

import copy
import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cshub.kernel.refusal import Refused
from cshub.users.models import User
from health.engine.definition import canonical_hash
from health.models import Scorecard, ScorecardVersion
from health.queries.versions import Seen, seen
from health.scorecards import versions
from health.scorecards.assignment import in_force, with_version
from health.scorecards.beginnings import beginning, offered
from health.scorecards.checking import BadDefinition, checked
from health.scorecards.editing import changed, pressed, typed
from health.scorecards.faults import Fault, fault_at
from health.scorecards.fields import choices_of, rows_of
from health.scorecards.previews import difference
from health.scorecards.steps import LISTS
from health.segments.rules import WEB_MILLISECONDS, BadRule
from health.segments.sql.limits import TookTooLong, within
from health.sql.previews import sample

SHOWN = 10
SAMPLED = 2_000
OF_A_MEASURE = ("show", "add_step", "remove_step", "add_table", "remove_table")


def scorecard_create(request: HttpRequest) -> HttpResponse:
    """Write a scorecard of one's own, beginning with what scores most accounts now, with a starter or with a published model (`from`)."""
    first = beginning(request.GET.get("from", ""))
    if first is None:
        raise Http404
    return _editor(request, None, first.definition, beginning=first, offered=offered())


def scorecard_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change one's own draft."""
    version = get_object_or_404(ScorecardVersion.objects.select_related("scorecard", "author"), pk=pk)
    if version.state not in versions.EDITABLE or version.author_id != _me(request).pk:
        messages.error(request, _("Only its author edits a draft, and nobody what was submitted. Draft a new version."))
        return _to(version)
    return _editor(request, version, version.definition)


def _editor(
    request: HttpRequest, version: ScorecardVersion | None, first: dict[str, Any], **shown: Any
) -> HttpResponse:
    # a changed field sends the button that has the focus along: it was not pressed
    do = "" if request.headers.get("HX-Trigger") == "editor" else str(request.POST.get("do", ""))
    was_json = request.POST.get("mode") == "json"
    document, fault = _sent(request, copy.deepcopy(first), do)
    if version and "name" in document:
        document["name"] = first["name"]
    fault = fault or _fault(document, as_json=was_json)
    if do == "save" and not fault:
        try:
            return _saved(request, version, document)
        except Refused as refusal:
            fault = Fault(refusal.field, refusal.field, str(refusal))
    as_json = do == "as_json" or (was_json and (do != "as_fields" or fault is not None))
    context = {
        **shown,
        "version": version,
        "as_json": as_json,
        "text": request.POST.get("definition") if was_json else _as_text(document),
        "fault": fault,
        "focus": _focus(document, do),
        **({} if as_json else fields(document, fault, _unfolded(request, document, do))),
        **({} if fault else live(version, document)),
    }
    return render(request, "health/scorecard_editor.html", context, status=422 if do == "save" else 200)


def fields(document: dict[str, Any], fault: Fault | None, unfolded: set[str]) -> dict[str, Any]:
    """What the fields show and offer."""
    choices = choices_of(document)
    return {"choices": choices, **rows_of(document, fault, unfolded, choices.texts)}


def _unfolded(request: HttpRequest, document: dict[str, Any], do: str) -> set[str]:
    """The measures whose fields are shown: those that were, one that was just added, and one of which a button was pressed."""
    found = set(request.POST.getlist("open"))
    verb, places = pressed(do)
    groups = document["groups"]
    if verb == "add_group" and groups:
        found.add(f"g{len(groups) - 1}m0")
    if verb == "add_measure" and places and places[0] < len(groups):
        found.add(f"g{places[0]}m{len(groups[places[0]]['measures']) - 1}")
    if verb in OF_A_MEASURE and len(places) > 1:
        found.add(f"g{places[0]}m{places[1]}")
    return found


def _focus(document: dict[str, Any], do: str) -> str:
    """Where the keyboard goes after a button that adds or takes out a row of steps: to the empty row behind them."""
    verb, places = pressed(do)
    if verb not in ("add_step", "remove_step") or len(places) not in (2, 3, 4):
        return ""
    table = f"t{places[2]}" if len(places) == (3 if verb == "add_step" else 4) else ""
    try:
        transform = document["groups"][places[0]]["measures"][places[1]]["transform"]
        rows = transform["tables"][places[2]]["steps"] if table else transform[LISTS[transform["kind"]]]
    except (IndexError, KeyError):
        return ""
    return f"g{places[0]}m{places[1]}{table}s{len(rows)}-from"


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


def _sent(request: HttpRequest, first: dict[str, Any], do: str) -> tuple[dict[str, Any], Fault | None]:
    """The definition that was sent, or where one starts from; with the fault of what is no JSON."""
    data = request.POST
    if data.get("mode") != "json":
        return (changed(typed(data), do) if "mode" in data else first), None
    try:
        document = json.loads(data.get("definition", ""))
    except (ValueError, RecursionError):
        return first, _no_json(_("The definition is not JSON. Check brackets, commas and quotation marks."))
    if not isinstance(document, dict):
        return first, _no_json(_("The definition has to be a JSON object."))
    return document, None


def _no_json(sentence: str) -> Fault:
    return Fault("definition", "definition", sentence)


def _fault(document: dict[str, Any], *, as_json: bool) -> Fault | None:
    """The first term that makes no sense, by its path or by the name of its field; None where all do."""
    try:
        checked(document)
    except BadDefinition as refusal:
        return _no_json(str(refusal)) if as_json else fault_at(refusal.field, refusal.problem or str(refusal))
    return None


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
