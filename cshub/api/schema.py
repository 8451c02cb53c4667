"""Says in the OpenAPI document what every route has in common: problems, keys, versions."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from cshub.api.problems import MEDIA_TYPE, PROBLEMS


class ProblemErrorSerializer(serializers.Serializer[Any]):
    """One thing that is wrong, and where."""

    pointer = serializers.CharField(
        help_text="JSON pointer into the body, ?name for a query parameter, empty for the whole."
    )
    code = serializers.CharField(help_text="For machines.")
    detail = serializers.CharField(help_text="For people.")


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField(help_text="Address of the page about this problem.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="This very occurrence; report it.")
    errors = ProblemErrorSerializer(many=True)  # type: ignore[assignment]  # the document's member, not the form's


OF_ALL = (401, 403, 429, 500, 503)
OF_METHOD = {
    "GET": (400,),
    "POST": (400, 409, 413, 415, 422),
    "PATCH": (400, 409, 412, 413, 415),
    "PUT": (400, 409, 412, 413, 415),
    "DELETE": (409, 412),
}


class ProblemSchema(AutoSchema):
    """AutoSchema with the problems and headers of the kit."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        codes = [*OF_METHOD.get(self.method, ()), *OF_ALL, *([404] if "{" in self.path else [])]
        for code in sorted(codes):
            response = self._get_response_for_code(ProblemSerializer, str(code), [MEDIA_TYPE], direction)  # type: ignore[no-untyped-call]
            response["description"] = "; ".join(
                problem.title for problem in PROBLEMS.values() if problem.status == code
            )
            responses.setdefault(str(code), response)
        return responses

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if self.method == "POST":
            parameters.append(_header("Idempotency-Key", "The same key and body get the same answer for 24 hours."))
        if self.method in {"PATCH", "PUT", "DELETE"}:
            parameters.append(_header("If-Match", "The ETag one has seen; 412 when the object changed meanwhile."))
        if self.method == "GET":
            parameters.extend(self._of_rows())
        return parameters

    def _of_rows(self) -> list[OpenApiParameter]:
        view: Any = self.view
        if not hasattr(view, "expandable"):
            return []
        only = f"Only these, with commas between: {', '.join(view.answered_fields())}."
        parameters = [OpenApiParameter("fields", str, description=only)]
        if expandable := view.expandable():
            whole = f"Whole objects instead of ids: {', '.join(expandable)}."
            parameters.append(OpenApiParameter("expand", str, description=whole))
        return parameters


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How KeyAuthentication looks in the document."""

    target_class = "cshub.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key from /settings/api-keys/, with the scopes it needs.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How BrowserSession looks in the document."""

    target_class = "cshub.api.authentication.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The session of the web pages, with X-CSRFToken for changes.",
        }


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=False, description=description)
