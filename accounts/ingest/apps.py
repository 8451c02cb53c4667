"""The ingest app: how facts come in."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IngestConfig(AppConfig):
    name = "accounts.ingest"
    label = "ingest"
    verbose_name = _("Import")
