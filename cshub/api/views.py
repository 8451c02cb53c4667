"""The API's own pages: its root, its reference, its problems, and the answer for addresses that do not exist."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cshub.api.errors import ApiProblem, body
from cshub.api.problems import MEDIA_TYPE, PROBLEMS
from cshub.api.router import router


class Root(APIView):
    """The resources there are."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        resources = {
            prefix: request.build_absolute_uri(f"{request.path}{prefix}/")
            for prefix, _viewset, _name in sorted(router.registry)
        }
        return Response({"resources": resources, "reference": request.build_absolute_uri(reverse("api:docs"))})


class Schema(SpectacularAPIView):
    """The OpenAPI 3.1 document."""

    permission_classes = APIView.permission_classes
    authentication_classes = APIView.authentication_classes


class Reference(SpectacularSwaggerSplitView):
    """The document to read and try, from local assets, without inline script or style."""

    url_name = "api:schema"
    template_name = "api/reference.html"
    permission_classes = APIView.permission_classes
    authentication_classes = APIView.authentication_classes


def errors(request: HttpRequest) -> HttpResponse:
    """Every kind of problem."""
    return render(request, "api/errors.html", {"problems": PROBLEMS.values()})


def error(request: HttpRequest, code: str) -> HttpResponse:
    """One kind of problem: where `type` of an answer leads."""
    if code not in PROBLEMS:
        raise Http404
    return render(request, "api/errors.html", {"problems": [PROBLEMS[code]]})


def not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """404 as problem+json for every address under /api/ that does not exist."""
    return JsonResponse(body(ApiProblem("not_found")), status=404, content_type=MEDIA_TYPE)
