"""The impact app: what the work was worth, and how we know."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImpactConfig(AppConfig):
    name = "reports.impact"
    label = "impact"
    verbose_name = _("Impact")
