"""Many rows in one request: each judged by itself, good ones written, a result for each in its place."""

from __future__ import annotations

from collections import Counter
from operator import attrgetter
from typing import Any, ClassVar

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.ingest.api_rows.rows import BatchAnswerSerializer, row_serializer
from accounts.ingest.bulk import RowResult, TooManyRows, take_rows
from accounts.ingest.reading.memory import kept_rows
from accounts.ingest.typed_rows import RowError
from cshub.api.errors import ApiProblem, invalid_parameter
from cshub.api.renderers import QuickJSONRenderer
from cshub.api.router import router
from cshub.api.viewsets import Kit

BATCHES = {
    "accounts": "accounts",
    "contacts": "contacts",
    "contracts": "contracts",
    "orders": "orders",
    "invoices": "invoices",
    "usage_daily": "usage",
    "survey_responses": "surveys",
    "tickets": "tickets",
    "interactions": "interactions",
}
SWITCH = {"true": True, "false": False}


class Batch(Kit):
    """Add or change many rows by their external IDs."""

    kind: ClassVar[str]
    serializer_class = BatchAnswerSerializer
    renderer_classes = (QuickJSONRenderer,)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Answer with the whole text, while the collector of cycles does not look at each row."""
        with kept_rows():
            response = super().dispatch(request, *args, **kwargs)
            assert isinstance(response, Response)
            response.render()
        return response

    def known_parameters(self) -> set[str]:
        return {"dry_run"}

    def post(self, request: Request) -> Response:
        """Up to 5,000 rows: 200 when all are good, 207 when some were rejected; the good ones are in either way."""
        is_dry = request.query_params.get("dry_run", "false")
        if is_dry not in SWITCH:
            raise invalid_parameter("dry_run", "Write true or false.")
        rows = request.data
        if not isinstance(rows, list) or not rows:
            raise _wrong_body("not_a_list", "Send a list of rows: [{…}, {…}].")
        try:
            results = take_rows(self.kind, rows, by=self.me, as_of=self.as_of, is_dry=SWITCH[is_dry])
        except TooManyRows as refusal:
            raise _wrong_body(refusal.code, str(refusal)) from refusal
        counts = Counter(map(attrgetter("status"), results))
        document = {
            "data": [_document(result) for result in results],
            **{name: counts[name] for name in ("added", "updated", "unchanged", "rejected")},
        }
        return Response(document, status=status.HTTP_207_MULTI_STATUS if counts["rejected"] else status.HTTP_200_OK)


def _document(result: RowResult) -> dict[str, Any]:
    return {
        "index": result.index,
        "status": result.status,
        "external_id": result.external_id,
        "errors": [_error(error, result.index) for error in result.errors] if result.errors else [],
    }


def _error(error: RowError, index: int) -> dict[str, str]:
    return {"pointer": pointer(error["field"], str(index)), "code": error["code"], "detail": error["detail"]}


def pointer(field: str, *before: str) -> str:
    """The JSON pointer to a field of a row; a further field stands below `attributes`."""
    parts = field.split(".", 1) if field.startswith("attributes.") else [field] if field else []
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in (*before, *parts))


def _wrong_body(code: str, detail: str) -> ApiProblem:
    return ApiProblem("validation_failed", detail, errors=[{"pointer": "", "code": code, "detail": detail}])


def _batch_of(resource: str, kind: str) -> type[Batch]:
    described = extend_schema(
        operation_id=f"{resource}_batch",
        request=row_serializer(kind)(many=True),
        responses={200: BatchAnswerSerializer, 207: BatchAnswerSerializer},
        parameters=[
            OpenApiParameter("dry_run", bool, description="Say what would become of the rows, and write nothing.")
        ],
    )
    made = type(f"{kind.capitalize()}Batch", (Batch,), {"__doc__": Batch.__doc__, "kind": kind})
    return extend_schema_view(post=described)(made)


for _resource, _kind in BATCHES.items():
    router.add(f"{_resource}/batch/", _batch_of(_resource, _kind), name=f"{_resource}-batch")
