"""The impact app: what the work was worth, and how we know."""

from django.apps import AppConfig


class ImpactConfig(AppConfig):
    name = "reports.impact"
    label = "impact"
