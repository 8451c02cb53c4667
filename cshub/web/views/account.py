"""One account: what is known, why its health is what it is, what runs, and what one can do about it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from cshub.web.views.requests import visible_account


@require_GET
def account(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of the account."""
    return render(request, "web/account.html", {"account": visible_account(request, pk), "as_of": timezone.now()})
