"""Pages that look across apps."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "cshub.web"
