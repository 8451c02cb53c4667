"""Routes under /api/; each app's api.py hangs its resources into the router when this is read."""

from django.urls import include, path, re_path
from django.utils.module_loading import autodiscover_modules

from cshub.api import (
    resources,  # noqa: F401  # users, keys, audit events and jobs hang themselves into the router
    views,
)
from cshub.api.router import router

app_name = "api"

autodiscover_modules("api")

urlpatterns = [
    path("api/v1/", views.Root.as_view(), name="root"),
    path("api/v1/schema/", views.Schema.as_view(), name="schema"),
    path("api/v1/", include(router.urls)),
    path("api/docs/", views.Reference.as_view(), name="docs"),
    path("api/docs/errors/", views.errors, name="errors"),
    path("api/docs/errors/<slug:code>/", views.error, name="error"),
    re_path(r"^api/", views.not_found, name="not_found"),
]
