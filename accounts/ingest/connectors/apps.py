"""The app of connectors."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectorsConfig(AppConfig):
    name = "accounts.ingest.connectors"
    label = "connectors"
    verbose_name = _("Connectors")
