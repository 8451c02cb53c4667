"""The base of every resource: say the model, the serializer, the filters and the verbs, and the rest is the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from cshub.api.errors import problem_response
from cshub.api.etags import etag_of, is_known, refuse_stale
from cshub.api.filters import OF_LISTS, OF_ROWS, ListFilter, SortFilter, names_of, refuse_unknown_parameters
from cshub.api.idempotency import IdempotentPost
from cshub.api.schema import ProblemSchema
from cshub.api.throttling import add_rate_headers
from cshub.users.models import User


class Kit(IdempotentPost, GenericAPIView[Any]):
    """What every view of the API has: one clock, one user, one door per object, refused parameters, limits, problems."""

    schema = ProblemSchema()
    model: ClassVar[type[models.Model]]
    related: ClassVar[Sequence[str]] = ()  # foreign keys that the serializer reads
    scope: ClassVar[str] = ""  # the scope a key needs, if not read and write

    @cached_property
    def as_of(self) -> datetime:
        """The moment of this request."""
        return timezone.now()  # noqa: TID251  # this is where an API request reads the clock

    @property
    def me(self) -> User:
        """Who asks."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, self.known_parameters())

    def known_parameters(self) -> set[str]:
        """Query parameters that this request may bring."""
        return set(OF_ROWS) if self.request.method in {"GET", "HEAD"} else set()

    def get_queryset(self) -> QuerySet[Any]:
        """The rows this user may see, by `visible_to` of the model's queryset. Extend it with annotations; do not widen it."""
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()
        expanded = [
            name for name in names_of(self.request, "expand", self.expandable()) or () if name not in self.related
        ]
        visible: QuerySet[Any] = self.model._default_manager.visible_to(self.me)  # type: ignore[attr-defined]
        return visible.select_related(*self.related, *expanded) if self.related or expanded else visible

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if self.request is not None and self.request.method in {"GET", "HEAD"}:
            context["expand"] = names_of(self.request, "expand", self.expandable())
            context["fields"] = names_of(self.request, "fields", self.answered_fields())
        return context

    def represent(self, row: Any) -> Any:
        """The whole representation of a row, whatever was asked for; its ETag is made of this."""
        return self.get_serializer_class()(row, context={"request": self.request}).data

    def checked(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The validated body. Raises ValidationError."""
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        add_rate_headers(self, response)
        return response

    def handle_exception(self, exc: Exception) -> Response:
        if not hasattr(exc, "auth_header") and getattr(exc, "status_code", 0) == status.HTTP_401_UNAUTHORIZED:
            exc.auth_header = self.get_authenticate_header(self.request)  # type: ignore[attr-defined]
        response = problem_response(exc, self.get_exception_handler_context())
        response.exception = True
        return response

    def expandable(self) -> Sequence[str]:
        """Relations that `?expand=` may name."""
        return tuple(getattr(self.get_serializer_class(), "expandable", ()))

    def answered_fields(self) -> list[str]:
        """Fields that `?fields=` may name."""
        serializer: BaseSerializer[Any] = self.get_serializer_class()()
        return [name for name, field in getattr(serializer, "fields", {}).items() if not field.write_only]


class Resource(Kit, GenericViewSet[Any]):
    """GET of a list and of a row. Mix in Created, Changed or Deleted for the other verbs.

    Set `model` (its queryset has `visible_to(user)`), `serializer_class`, `sort_fields` ({public name: ORM path}), `default_sort`, and
    `filterset_fields` ({"name": ["exact", "icontains"], "arr": ["gte", "lte"]}) or `filterset_class`.
    """

    filter_backends = (ListFilter, SortFilter)
    sort_fields: ClassVar[dict[str, str]] = {"id": "id"}
    default_sort: ClassVar[str] = "id"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.default_sort.removeprefix("-") not in cls.sort_fields:
            raise TypeError(f"{cls.__name__}.default_sort is {cls.default_sort!r}, which its sort_fields do not name.")

    def known_parameters(self) -> set[str]:
        if self.request.method not in {"GET", "HEAD"}:
            return set()
        return set(OF_ROWS) if self.detail else set(OF_LISTS) | ListFilter().names(self, self.get_queryset())

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of the rows one may see."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.represent_page(page or []))

    def represent_page(self, rows: Sequence[Any]) -> Any:
        """A page's rows; override it for hot lists that answer values() without serializer objects."""
        return self.get_serializer(rows, many=True).data

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row, with its ETag."""
        row = self.get_object()
        etag = etag_of(self.represent(row))
        if is_known(request, etag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
        return Response(self.get_serializer(row).data, headers={"ETag": etag})


class Created(Kit):
    """POST to the list."""

    def create_row(self, data: dict[str, Any]) -> Any:
        """Call the verb that makes the row from validated data, with by=self.me and as_of=self.as_of."""
        raise NotImplementedError

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a row."""
        row = self.create_row(self.checked(request))
        document = self.represent(row)
        headers = {"Location": f"{request.path}{row.pk}/", "ETag": etag_of(document)}
        return Response(document, status=status.HTTP_201_CREATED, headers=headers)


class Changed(Kit):
    """PATCH of a row."""

    def change_row(self, row: Any, data: dict[str, Any]) -> Any:
        """Call the verb that changes the locked row by validated data, with by=self.me and as_of=self.as_of."""
        raise NotImplementedError

    @transaction.atomic
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the fields that are sent; If-Match refuses to overwrite what one has not seen."""
        row = _locked(self)
        refuse_stale(request, etag_of(self.represent(row)))
        serializer = self.get_serializer(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        document = self.represent(self.change_row(row, dict(serializer.validated_data)))
        return Response(document, headers={"ETag": etag_of(document)})


class Deleted(Kit):
    """DELETE of a row."""

    def delete_row(self, row: Any) -> None:
        """Call the verb that ends the locked row, with by=self.me and as_of=self.as_of."""
        raise NotImplementedError

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """End a row."""
        row = _locked(self)
        refuse_stale(request, etag_of(self.represent(row)))
        self.delete_row(row)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Deed(Kit):
    """POST /<resource>/<id>/<noun>/: a change of state. Register it with router.deed(resource, noun, view).

    `serializer_class` checks the body, `answer_class` writes the answer from what `do` returns.
    """

    answer_class: ClassVar[type[BaseSerializer[Any]]]

    def do(self, row: Any, data: dict[str, Any]) -> Any:
        """Call the verb with by=self.me and as_of=self.as_of; what it returns is answered."""
        raise NotImplementedError

    @transaction.atomic
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Do it."""
        made = self.do(_locked(self), self.checked(request))
        return Response(self.answer_class(made, context={"request": request}).data, status=status.HTTP_201_CREATED)


def _locked(view: Kit) -> Any:
    """The row of the address, locked until the transaction ends, if this user may see it; 404 otherwise.

    A row that is written once needs no lock, and nobody has the right to take one: the verb locks what it changes.
    """
    if getattr(view.model, "append_only", False):
        return view.get_object()
    visible = view.get_queryset()
    view.get_queryset = lambda: visible.select_for_update(of=("self",))  # type: ignore[method-assign]
    return view.get_object()
