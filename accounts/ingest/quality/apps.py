"""The quality app: freshness, coverage and likely duplicates."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QualityConfig(AppConfig):
    name = "accounts.ingest.quality"
    label = "quality"
    verbose_name = _("Data quality")
