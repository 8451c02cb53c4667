"""The health app: what we conclude from the facts, and why."""

from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "health"
