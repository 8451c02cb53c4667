"""Which rows of a list and in which order: closed lists of parameters, and an unknown one is refused, not ignored."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from cshub.api.errors import ApiProblem, invalid_parameter

OF_LISTS = frozenset({"limit", "cursor", "sort", "fields", "expand"})
OF_ROWS = frozenset({"fields", "expand"})


@dataclass(frozen=True)
class Sorting:
    """One public sort field, its path in the ORM, and the direction."""

    name: str
    path: str
    descending: bool

    def __str__(self) -> str:
        return f"-{self.name}" if self.descending else self.name


def sorting_of(request: Request, view: Any) -> Sorting:
    """`?sort=-field` among the view's `sort_fields` ({public name: ORM path}), or its `default_sort`. Raises ApiProblem."""
    known: dict[str, str] = getattr(view, "sort_fields", None) or {"id": "id"}
    wanted = str(request.query_params.get("sort") or getattr(view, "default_sort", "id"))
    name = wanted.removeprefix("-")
    if name not in known:
        raise invalid_parameter("sort", f"Rows cannot be sorted by {name[:60]!r}. {nearest(name, known)}")
    return Sorting(name=name, path=known[name], descending=wanted.startswith("-"))


def refuse_unknown_parameters(request: Request, known: Iterable[str]) -> None:
    """Raises ApiProblem invalid_parameter naming the parameter and the nearest valid one, or a NUL character in a value."""
    allowed = set(known)
    for name, values in request.query_params.lists():
        if name not in allowed:
            raise invalid_parameter(
                name[:60], f"There is no parameter {name[:60]!r} here. {nearest(name, allowed)}", code="unknown"
            )
        if any("\x00" in value for value in values):
            raise invalid_parameter(name, "A value holds a NUL character. Leave it out.")


def names_of(request: Request, parameter: str, known: Iterable[str]) -> list[str] | None:
    """The comma-separated names of `?fields=` or `?expand=`; None when it is not there. Raises ApiProblem for an unknown one."""
    if parameter not in request.query_params:
        return None
    allowed = list(known)
    names = [name.strip() for name in request.query_params[parameter].split(",") if name.strip()]
    for name in names:
        if name not in allowed:
            raise invalid_parameter(
                parameter, f"{name[:60]!r} is not among the {parameter} here. {nearest(name, allowed)}", code="unknown"
            )
    return names


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence with the nearest known name and the others."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return f"{guess}Known: {', '.join(names) or 'none'}."


class ListFilter(DjangoFilterBackend):  # type: ignore[misc]
    """django-filter over the view's `filterset_fields` or `filterset_class`; a wrong value names its parameter."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            errors = [
                {"pointer": f"?{name}", "code": "invalid", "detail": str(text)}
                for name, texts in filterset.errors.items()
                for text in texts
            ]
            raise ApiProblem(
                "invalid_parameter",
                "; ".join(f"{error['pointer']}: {error['detail']}" for error in errors),
                errors=errors,
            )
        narrowed: QuerySet[Any] = filterset.qs
        return narrowed

    def names(self, view: Any, queryset: QuerySet[Any]) -> set[str]:
        """The parameters it reads."""
        filterset_class = self.get_filterset_class(view, queryset)
        return set(filterset_class.get_filters()) if filterset_class else set()


class SortFilter(BaseFilterBackend):
    """`?sort=-field`: checks the order here, CursorList applies it."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        sorting_of(request, view)
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = list(getattr(view, "sort_fields", None) or {"id": "id"})
        allowed = {
            "type": "string",
            "enum": [sign + name for name in names for sign in ("", "-")],
            "default": getattr(view, "default_sort", "id"),
        }
        return [
            {
                "name": "sort",
                "in": "query",
                "required": False,
                "description": "Order; - turns it round.",
                "schema": allowed,
            }
        ]
