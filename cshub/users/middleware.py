"""Closes every page to those the access table does not name."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.urls import reverse

from cshub.users import access

OWN_DOOR = ("api:",)  # the API asks the same table after it has read the key


class AccessMiddleware:
    """Default deny: an unknown route is closed to everybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        route = request.resolver_match.view_name if request.resolver_match else ""
        if route.startswith(OWN_DOOR) or access.can(request.user, route, request.method or "GET"):
            return None
        if not request.user.is_authenticated:
            return to_sign_in(request)
        allowed = [method for method in access.row(route) or () if access.can(request.user, route, method)]
        if allowed and request.method not in allowed:
            return HttpResponseNotAllowed(allowed)
        raise PermissionDenied


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in page and, after it, back to where one was going; htmx loads the whole page."""
    if request.headers.get("HX-Request") == "true":
        here = urlsplit(request.headers.get("HX-Current-URL", "/")).path or "/"
        return HttpResponse(status=401, headers={"HX-Redirect": redirect_to_login(here, reverse("sign_in")).url})
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/", reverse("sign_in"))
