"""Tells Django about the API kit."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    name = "cshub.api"
    label = "api"
    verbose_name = _("API")

    def ready(self) -> None:
        from cshub.api import schema  # noqa: F401  # drf-spectacular finds its extensions when they are imported
