"""Answers the command palette as JSON; the pages of the navigation it knows by itself."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from cshub.web.queries.search import accounts_named
from cshub.web.views.requests import me

LONGEST = 100


@require_GET
def search(request: HttpRequest) -> JsonResponse:
    """Up to ten accounts by name or external ID, those that begin with the words first."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    found = accounts_named(words, user=me(request)) if words else []
    results = [
        {"label": name, "detail": external_id, "url": reverse("account", args=[pk])} for pk, name, external_id in found
    ]
    return JsonResponse({"results": results})
