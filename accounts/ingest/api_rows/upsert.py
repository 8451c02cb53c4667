"""One row by the key of your own systems: made when it is not there, changed when it is."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.db import models, transaction
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.ingest.api_rows.batch import pointer
from accounts.ingest.api_rows.rows import body_serializer
from accounts.ingest.bulk import take_rows
from accounts.ingest.typed_rows import RowError
from accounts.models import Contact, Contract, Interaction, Invoice, Order, SurveyResponse, Ticket
from cshub.api.errors import ApiProblem
from cshub.api.etags import etag_of, refuse_stale
from cshub.api.router import router
from cshub.api.viewsets import Kit

UPSERTS: dict[str, tuple[str, type[models.Model]]] = {
    "contacts": ("contacts", Contact),
    "contracts": ("contracts", Contract),
    "orders": ("orders", Order),
    "invoices": ("invoices", Invoice),
    "survey_responses": ("surveys", SurveyResponse),
    "tickets": ("tickets", Ticket),
    "interactions": ("interactions", Interaction),
}
MOST_LINES = 500


class ByExternalId(Kit):
    """One row by its external ID."""

    resource: ClassVar[str]
    kind: ClassVar[str]

    def get_serializer_class(self) -> Any:
        return _viewset(self.resource).serializer_class

    @cached_property
    def whole(self) -> Any:
        """The resource as it is read elsewhere: the same rows, told in the same way."""
        viewset = _viewset(self.resource)(
            request=self.request, format_kwarg=None, args=(), kwargs={}, action="retrieve", detail=True
        )
        vars(viewset)["as_of"] = self.as_of
        return viewset

    @transaction.atomic
    def put(self, request: Request, external_id: str) -> Response:
        """Record or change the row with this external ID, as a row of a batch would. Fields that are not sent stay as they are."""
        if "\0" in external_id:
            raise Http404
        external_id = external_id.strip()
        present = self._row(external_id)
        if present is not None:
            refuse_stale(request, etag_of(self.whole.represent(present)))
        results = take_rows(self.kind, self._rows(request.data, external_id), by=self.me, as_of=self.as_of)
        if wrong := [(result.index, error) for result in results for error in result.errors]:
            raise _refusal(wrong, has_lines="lines" in request.data)
        document = self.whole.represent(self._row(external_id))
        code = status.HTTP_201_CREATED if present is None else status.HTTP_200_OK
        return Response(document, status=code, headers={"ETag": etag_of(document)})

    def _row(self, external_id: str) -> Any:
        return self.whole.get_queryset().filter(external_id=external_id).first()

    def _rows(self, body: Any, external_id: str) -> list[dict[str, Any]]:
        """The body as rows: one, or one for each line of an order."""
        if not isinstance(body, dict):
            raise serializers.ValidationError("Send an object of fields.")
        if body.get("external_id", external_id) != external_id:
            raise serializers.ValidationError({"external_id": "This is not the ID of the address. Leave it out."})
        head = {name: value for name, value in body.items() if name != "lines"} | {"external_id": external_id}
        if "lines" not in body or self.kind != "orders":
            return [{**body, "external_id": external_id}]
        lines = body["lines"]
        if (
            not isinstance(lines, list)
            or not 0 < len(lines) <= MOST_LINES
            or not all(isinstance(line, dict) for line in lines)
        ):
            raise serializers.ValidationError({"lines": f"Send 1 to {MOST_LINES} lines, each an object."})
        if "amount" in head:
            raise serializers.ValidationError(
                {"amount": "An order with lines is worth their sum. Leave the amount out."}
            )
        return [head | line for line in lines]


def _refusal(wrong: list[tuple[int, RowError]], *, has_lines: bool) -> ApiProblem:
    errors = [
        {
            "pointer": pointer(error["field"], *(("lines", str(index)) if has_lines else ())),
            "code": error["code"],
            "detail": error["detail"],
        }
        for index, error in wrong
    ]
    return ApiProblem("validation_failed", errors[0]["detail"], errors=errors)


def _viewset(resource: str) -> Any:
    return next(viewset for prefix, viewset, _basename in router.registry if prefix == resource)


def _upsert_of(resource: str, kind: str, model: type[models.Model]) -> type[ByExternalId]:
    answers = _viewset(resource).serializer_class
    described = extend_schema(
        operation_id=f"{resource}_upsert", request=body_serializer(kind), responses={200: answers, 201: answers}
    )
    told = {"__doc__": ByExternalId.__doc__, "resource": resource, "kind": kind, "model": model}
    made = type(f"{kind.capitalize()}ByExternalId", (ByExternalId,), told)
    return extend_schema_view(put=described)(made)


for _resource, (_kind, _model) in UPSERTS.items():
    router.add(
        f"{_resource}/by_external_id/<path:external_id>/",
        _upsert_of(_resource, _kind, _model),
        name=f"{_resource}-by_external_id",
    )
