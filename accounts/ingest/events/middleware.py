"""The short way for programs: the tracking protocol knows no sessions, languages or pages, so it is answered before they are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.ingest.events.models import Call
from accounts.ingest.events.services.receiving import Memory
from accounts.ingest.events.views import endpoint
from cshub.db.active import PUBLIC, active_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

ADDRESSES = {f"/v1/{call}{slash}": call for call in Call.values for slash in ("", "/")}  # nobody is redirected


class EndpointMiddleware:
    """Answers `/v1/<call>` of a tenant, whatever the method; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._memory = Memory()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        call = ADDRESSES.get(request.path)
        if call is None or active_schema() == PUBLIC:
            return self._get_response(request)
        return endpoint.answer(request, call, self._memory)
