"""Error pages that say what happened and what to do; API paths get a problem instead of a page."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.ingest.events.views import endpoint
from cshub.api import views as api
from cshub.api.errors import ApiProblem, body
from cshub.api.problems import MEDIA_TYPE

AGAIN_IN = "5"  # seconds, when the database is away


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Missing and forbidden look the same."""
    if request.path.startswith("/api/"):
        return api.not_found(request)
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        problem = body(ApiProblem("server_error"))
        return JsonResponse(problem, status=500, content_type=MEDIA_TYPE)
    return render(request, "errors/500.html", status=500)


def database_away(request: HttpRequest) -> HttpResponse:
    """What is answered when not even the tenant can be found: machines are told in their own form when to come again."""
    if request.path.startswith("/v1/"):
        return endpoint.unavailable()
    headers = {"Retry-After": AGAIN_IN}
    if request.path.startswith("/api/"):
        return JsonResponse(body(ApiProblem("unavailable")), status=503, content_type=MEDIA_TYPE, headers=headers)
    text = "The database does not answer. Nothing is lost; load the page again in a moment."
    return HttpResponse(text, status=503, content_type="text/plain", headers=headers)
