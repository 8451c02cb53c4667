"""Pages of segments: the list, the builder with its live preview, one segment, and the file of its members."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cshub.kernel.refusal import Refused
from cshub.users.access import can
from cshub.users.models import User
from health.segments import queries, services
from health.segments.builder import Row, Typed, rule_of, shown, state_of, typed
from health.segments.catalog import catalog
from health.segments.engine.fields import Catalog
from health.segments.engine.grammar import parse
from health.segments.files import members_file
from health.segments.models import Segment
from health.segments.rules import preview, read_rule
from health.segments.words import Vocabulary, in_words


@require_GET
def segments(request: HttpRequest) -> HttpResponse:
    """The segments in use."""
    rows = queries.segment_list(as_of=timezone.now())
    return render(
        request, "segments/segments.html", {"rows": rows, "may_write": can(_me(request), "segment_create", "POST")}
    )


@require_GET
def segment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One segment: its rule, who is or was in it, its history and where it is used."""
    found = _found(request, pk)
    at = _moment(request)
    return render(
        request,
        "segments/segment.html",
        {
            "page": queries.segment_page(found, at=at),
            "segment": found,
            "on": request.GET.get("on", ""),
            "may_write": can(_me(request), "segment_edit", "POST") and not found.archived_at,
        },
    )


def segment_create(request: HttpRequest) -> HttpResponse:
    """Write a segment. A rule in the address (`?rule=`) is where one starts from."""
    return _builder(request, None)


def segment_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a segment; a changed rule is its next version."""
    return _builder(request, _found(request, pk))


def segment_archive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a segment out of use, after asking."""
    found = _found(request, pk)
    if request.method == "POST":
        try:
            services.archive_segment(found, by=_me(request), as_of=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("segment", pk=pk)
        messages.success(request, _("The segment is archived. Its history stays."))
        return redirect("segments")
    context = {
        "title": _("Archive this segment"),
        "text": _("Everybody leaves it now and nothing can be built on it any more. Its history stays."),
        "action": reverse("segment_archive", args=[pk]),
        "button": _("Archive segment"),
        "back": reverse("segment", args=[pk]),
    }
    return render(request, "confirm.html", context)


@require_GET
def segment_members(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who is or was in a segment, as CSV."""
    found, at = _found(request, pk), _moment(request)
    response = HttpResponse(
        members_file(found, at=at, by=_me(request), as_of=timezone.now()), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="segment-{at.date().isoformat()}.csv"'
    return response


def _builder(request: HttpRequest, found: Segment | None) -> HttpResponse:
    known, data = catalog(), request.POST
    # a changed field sends the button that has the focus along: it was not pressed
    do = "" if request.headers.get("HX-Trigger") == "builder" else str(data.get("do", ""))
    about = {"name": found.name, "purpose": found.purpose} if found else {"name": "", "purpose": ""}
    about = {name: str(data.get(name, about[name])) for name in about}
    as_json = "json" in (request.GET.get("as"), data.get("mode"))
    state = typed(data) if "mode" in data else _first_state(request, found)
    as_json = as_json or state is None
    state = _changed(state or Typed("all", [], []), do)
    text = str(data.get("definition", "")) if data.get("mode") == "json" else _first_text(request, found, state, known)
    definition, problem = _definition(text) if as_json else (rule_of(state, known), "")
    if do == "save" and not problem:
        try:
            kept = _save(request, found, definition, about)
        except Refused as refusal:
            problem = str(refusal)
        else:
            messages.success(request, _("The segment is saved."))
            return redirect("segment", pk=kept.pk)
    names = Vocabulary(known.names)
    context = {
        "segment": found, "about": about, "as_json": as_json, "text": text, "groups": shown(state, known, names=names),
        "group_count": len(state.groups), "row_count": len(state.rows), **_preview(definition, problem, found, known, names),
    }  # fmt: skip
    refused = do == "save"
    return render(request, "segments/builder.html", context, status=422 if refused else 200)


def _preview(definition: Any, problem: str, found: Segment | None, known: Catalog, names: Vocabulary) -> dict[str, Any]:
    """What the rule would find, or the sentence that says why it cannot be told."""
    if problem:
        return {"problem": problem}
    own_id = str(found.pk) if found else ""
    try:
        rule = read_rule(definition, known=known, own_id=own_id)
        found_now = preview(definition, as_of=timezone.now(), own_id=own_id)
        list_query = urlencode({"rule": json.dumps(definition, ensure_ascii=False)})
        return {"words": in_words(rule, names), "preview": found_now, "list_query": list_query}
    except Refused as refusal:
        return {"problem": str(refusal)}


def _save(request: HttpRequest, found: Segment | None, definition: Any, about: dict[str, Any]) -> Segment:
    by, as_of = _me(request), timezone.now()
    if found:
        return services.revise_segment(found, definition=definition, **about, by=by, as_of=as_of)
    return services.create_segment(**about, definition=definition, by=by, as_of=as_of)


def _first_state(request: HttpRequest, found: Segment | None) -> Typed | None:
    definition, problem = _definition(request.GET.get("rule", ""))
    if found and found.current:
        definition = found.current.definition
    elif problem or not _is_sound(definition):
        return Typed("all", [], [Row("region", "is")])
    return state_of(definition)


def _first_text(request: HttpRequest, found: Segment | None, state: Typed, known: Catalog) -> str:
    definition = (
        found.current.definition if found and found.current and "mode" not in request.POST else rule_of(state, known)
    )
    return json.dumps(definition, indent=2, ensure_ascii=False)


def _is_sound(definition: Any) -> bool:
    try:
        parse(definition, catalog())
    except ValueError:
        return False
    return True


def _changed(state: Typed, do: str) -> Typed:
    """The builder after a button: add a line to a group, add a group, take a line out."""
    verb, _colon, text = do.partition(":")
    place = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    if verb == "add" and place <= len(state.groups):
        state.rows.append(Row(group=place))
    if verb == "add_group":
        state.groups.append("any")
        state.rows.append(Row(group=len(state.groups)))
    if verb == "remove" and place < len(state.rows):
        state.rows.pop(place)
    return state


def _definition(text: str) -> tuple[Any, str]:
    """The document in a text, or the sentence that says why there is none."""
    try:
        return json.loads(text), ""
    except (ValueError, RecursionError):
        return None, _("The rule is not JSON. Check brackets, commas and quotation marks.")


def _moment(request: HttpRequest) -> datetime:
    """The end of the day asked for, or now."""
    now = timezone.now()
    try:
        day = parse_date(request.GET.get("on", ""))
    except ValueError:
        day = None
    return min(datetime.combine(day, time.max, tzinfo=UTC), now) if day else now


def _found(request: HttpRequest, pk: UUID) -> Segment:
    return get_object_or_404(Segment.objects.visible_to(_me(request)).select_related("owner", "current"), pk=pk)


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
