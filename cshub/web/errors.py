"""Error pages that say what happened and what to do; API paths get a problem instead of a page."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from cshub.api import views as api
from cshub.api.errors import ApiProblem, body
from cshub.api.problems import MEDIA_TYPE


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
