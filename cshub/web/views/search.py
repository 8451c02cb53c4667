"""Answers the command palette: accounts and pages, as JSON."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from cshub.users.access import can
from cshub.web.navigation import places
from cshub.web.queries.search import accounts_named
from cshub.web.views.requests import me

MOST_PLACES = 5


@require_GET
def search(request: HttpRequest) -> JsonResponse:
    """Up to ten accounts by name or external ID, then the pages whose name holds the words."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if not words:
        return JsonResponse({"results": []})
    found = [
        {"label": name, "detail": external_id, "url": reverse("account", args=[pk])}
        for pk, name, external_id in accounts_named(words, user=me(request))
        if can(me(request), "account", "GET")
    ]
    pages = [
        {"label": label, "detail": "", "url": url} for label, url in places(request) if words.lower() in label.lower()
    ]
    return JsonResponse({"results": found + pages[:MOST_PLACES]})
