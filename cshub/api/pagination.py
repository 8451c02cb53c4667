"""Lists in pages that cost the same at the beginning and at the end: keyset, no OFFSET, no total."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Field, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from cshub.api.errors import invalid_parameter
from cshub.api.filters import Sorting, sorting_of
from cshub.tenancy.signing import pepper

USUAL, MOST = 50, 200
SALT = "cshub.api.cursor"


class CursorList(BasePagination):
    """`?limit=&cursor=` → {"data", "has_more", "next_cursor"}; sorted by the view's sort field and then by id, nulls last."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One page of rows (model instances, or dicts of values() that include the sort path and id). Raises ApiProblem invalid_parameter."""
        self.request = request
        limit = _limit(request)
        sorting = sorting_of(request, view)
        field = _field(queryset, sorting.path)
        if token := request.query_params.get("cursor"):
            queryset = queryset.filter(_after(sorting, field, _opened(token, sorting)))
        found = list(queryset.order_by(*_order(sorting, field))[: limit + 1])
        self.has_more = len(found) > limit
        rows = found[:limit]
        self.next_cursor = _sealed(sorting, rows[-1]) if self.has_more else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        response = Response({"data": data, "has_more": self.has_more, "next_cursor": self.next_cursor})
        if self.next_cursor:
            query = self.request.query_params.copy()
            query["cursor"] = self.next_cursor
            response["Link"] = f'<{self.request.path}?{query.urlencode()}>; rel="next"'
        return response

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["data", "has_more", "next_cursor"],
            "properties": {
                "data": schema,
                "has_more": {"type": "boolean"},
                "next_cursor": {"type": ["string", "null"], "description": "Send it as `cursor` to get the next page."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
        return [
            {"name": "limit", "in": "query", "required": False, "description": "Rows of a page.", "schema": limit},
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "`next_cursor` of the page before.",
                "schema": {"type": "string"},
            },
        ]


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST):
        raise invalid_parameter("limit", f"{text[:20]!r} is no page size. Choose a whole number from 1 to {MOST}.")
    return int(text)


def _field(queryset: QuerySet[Any], path: str) -> Field[Any, Any]:
    """The model field or annotation behind a sort path."""
    if path in queryset.query.annotations:
        annotated: Field[Any, Any] = queryset.query.annotations[path].output_field
        return annotated
    model = queryset.model
    *steps, last = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model
    field = model._meta.pk if last == "pk" else model._meta.get_field(last)
    if not isinstance(field, Field):
        raise FieldDoesNotExist(path)
    return field


def _may_be_null(sorting: Sorting, field: Field[Any, Any]) -> bool:
    return field.null or "__" in sorting.path or not hasattr(field, "model")  # a join or an annotation may find nothing


def _order(sorting: Sorting, field: Field[Any, Any]) -> list[Any]:
    last = True if _may_be_null(sorting, field) else None
    first = F(sorting.path).desc(nulls_last=last) if sorting.descending else F(sorting.path).asc(nulls_last=last)
    return [first, F("id").desc() if sorting.descending else F("id").asc()]


def _after(sorting: Sorting, field: Field[Any, Any], cursor: Mapping[str, Any]) -> Q:
    """Rows behind the cursor's. The outer bound lets an index on (field, id) be used as a range."""
    direction = "lt" if sorting.descending else "gt"
    behind_id = Q(**{f"id__{direction}": cursor["id"]})
    if cursor["value"] is None:
        return Q(**{f"{sorting.path}__isnull": True}) & behind_id
    try:
        value = field.to_python(cursor["value"])
    except ValidationError as error:
        raise invalid_parameter("cursor", "This is no cursor of this list. Start again without it.") from error
    behind = Q(**{f"{sorting.path}__{direction}e": value}) & (Q(**{f"{sorting.path}__{direction}": value}) | behind_id)
    return behind | Q(**{f"{sorting.path}__isnull": True}) if _may_be_null(sorting, field) else behind


def _sealed(sorting: Sorting, row: Any) -> str:
    value = _value(row, sorting.path)
    kept = (
        value
        if value is None or isinstance(value, str | bool | int)
        else value.isoformat()
        if isinstance(value, date | datetime)
        else str(value)
    )
    return signing.dumps(
        {"sort": str(sorting), "value": kept, "id": str(_value(row, "id"))}, salt=SALT + pepper(), compress=True
    )


def _opened(token: str, sorting: Sorting) -> dict[str, Any]:
    try:
        cursor: dict[str, Any] = signing.loads(token, salt=SALT + pepper())
    except signing.BadSignature as error:
        raise invalid_parameter("cursor", "This is no cursor of this list. Start again without it.") from error
    if cursor["sort"] != str(sorting):
        raise invalid_parameter(
            "cursor",
            f"This cursor belongs to the order {cursor['sort']}. Keep the order, or start again without the cursor.",
        )
    return cursor


def _value(row: Any, path: str) -> Any:
    if isinstance(row, dict):
        return row[path]
    for step in path.split("__"):
        row = getattr(row, step, None)
    return row
