"""Turns whatever goes wrong in the API into one answer: problem+json that points at the field and says the remedy."""

import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as ModelValidationError
from django.core.signals import got_request_exception
from django.db import DataError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from cshub.api.problems import MEDIA_TYPE, PROBLEMS
from cshub.kernel.refusal import Refused

logger = logging.getLogger(__name__)

Errors = list[dict[str, str]]


class ApiProblem(exceptions.APIException):
    """A problem of PROBLEMS raised on purpose; `errors` holds {"pointer", "code", "detail"}."""

    def __init__(
        self, code: str, detail: str = "", *, errors: Errors | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.problem = PROBLEMS[code]
        self.status_code = self.problem.status
        self.errors = errors or []
        self.headers = dict(headers or {})
        super().__init__(detail or self.problem.remedy, code)


def invalid_parameter(name: str, detail: str, *, code: str = "invalid") -> ApiProblem:
    """400 about one query parameter; its pointer is ?name."""
    return ApiProblem("invalid_parameter", detail, errors=[{"pointer": f"?{name}", "code": code, "detail": detail}])


def problem_response(exc: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: every error of the API passes here and leaves as application/problem+json, a bug as 500 without a trace."""
    problem = _as_problem(exc)
    if problem is None:
        instance = f"urn:uuid:{uuid.uuid4()}"
        logger.error("The API failed at %s", instance, exc_info=exc)
        got_request_exception.send(sender=None, request=getattr(context.get("request"), "_request", None))
        return answer(ApiProblem("internal_error"), instance=instance)
    return answer(problem)


def answer(problem: ApiProblem, *, instance: str = "") -> Response:
    """The response of a problem."""
    response = Response(body(problem, instance=instance), status=problem.status_code, content_type=MEDIA_TYPE)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def body(problem: ApiProblem, *, instance: str = "") -> dict[str, Any]:
    """The document of RFC 9457, with `errors` beside its members."""
    return {
        "type": f"/api/docs/errors/{problem.problem.code}/",
        "title": problem.problem.title,
        "status": problem.status_code,
        "detail": str(problem.detail),
        "instance": instance or f"urn:uuid:{uuid.uuid4()}",
        "errors": problem.errors,
    }


def _as_problem(exc: Exception) -> ApiProblem | None:
    if isinstance(exc, ApiProblem):
        return exc
    if isinstance(exc, Refused):
        pointer = f"/{exc.field}" if exc.field else ""
        return ApiProblem("refused", str(exc), errors=[{"pointer": pointer, "code": exc.code, "detail": str(exc)}])
    if isinstance(exc, ModelValidationError):
        exc = exceptions.ValidationError(as_serializer_error(exc))
    if isinstance(exc, exceptions.ValidationError):
        errors = list(_pointed(exc.get_full_details()))
        return ApiProblem("validation_failed", _first_sentences(errors), errors=errors)
    return _by_class(exc)


def _by_class(exc: Exception) -> ApiProblem | None:
    for classes, code in BY_CLASS:
        if isinstance(exc, classes):
            detail = str(getattr(exc, "detail", "")) if code in SPEAKING else ""
            return ApiProblem(code, detail, headers=_headers(exc, code))
    return None


BY_CLASS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (exceptions.ParseError, "malformed_body"),
    (exceptions.AuthenticationFailed, "invalid_key"),
    (exceptions.NotAuthenticated, "not_authenticated"),
    ((exceptions.PermissionDenied, PermissionDenied), "permission_denied"),
    ((exceptions.NotFound, Http404), "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.Throttled, "too_many_requests"),
    (RequestDataTooBig, "body_too_large"),
    (DataError, "validation_failed"),
    (OperationalError, "unavailable"),
)
SPEAKING = {
    "malformed_body",
    "permission_denied",
    "method_not_allowed",
    "unsupported_media_type",
}  # whose own words help


def _headers(exc: Exception, code: str) -> dict[str, str]:
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(exc, exceptions.Throttled):
        headers["Retry-After"] = str(max(1, round(getattr(exc, "wait", None) or 1)))
    if code == "unavailable":
        headers["Retry-After"] = "2"
    return headers


def _pointed(details: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """DRF's tree of errors as JSON pointers (RFC 6901)."""
    if (
        isinstance(details, Mapping)
        and set(details) == {"message", "code"}
        and not isinstance(details["message"], Mapping | list)
    ):
        yield {"pointer": pointer, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, Mapping):
        for name, below in details.items():
            step = "" if name == "non_field_errors" else f"/{str(name).replace('~', '~0').replace('/', '~1')}"
            yield from _pointed(below, pointer + step)
    elif isinstance(details, Sequence):
        is_rows = any(isinstance(item, Mapping) and set(item) != {"message", "code"} for item in details)
        for index, item in enumerate(details):
            yield from _pointed(item, f"{pointer}/{index}" if is_rows else pointer)


def _first_sentences(errors: Errors) -> str:
    shown = "; ".join(f"{error['pointer'] or 'body'}: {error['detail']}" for error in errors[:3])
    return shown if len(errors) <= 3 else f"{shown}; and {len(errors) - 3} more."
