"""Where each app hangs its resources: `router.register("accounts", AccountViewSet)` at the end of its api.py."""

from typing import Any

from django.urls import URLPattern, path
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView


class Router(SimpleRouter):
    """Plural nouns; ids are UUIDs; names are <resource>-list, <resource>-detail and <resource>-<noun>."""

    def __init__(self) -> None:
        super().__init__(trailing_slash=True, use_regex_path=False)
        self.parts: list[URLPattern] = []

    def register(self, prefix: str, viewset: Any, basename: str | None = None) -> None:
        """Hang a resource at /api/v1/<prefix>/."""
        viewset.lookup_value_converter = "uuid"
        super().register(prefix, viewset, basename or prefix)

    def deed(self, prefix: str, noun: str, view: type[APIView]) -> None:
        """Hang a change of state at /api/v1/<prefix>/<id>/<noun>/, named api:<prefix>-<noun>."""
        self.add(f"{prefix}/<uuid:pk>/{noun}/", view, name=f"{prefix}-{noun}")

    def add(self, route: str, view: type[APIView], *, name: str) -> None:
        """Hang any view at /api/v1/<route>, named api:<name>."""
        self.parts.append(path(route, view.as_view(), name=name))

    def get_urls(self) -> list[Any]:
        """Parts first: accounts/by_external_id/… is not an id."""
        return [*self.parts, *super().get_urls()]


router = Router()
