"""The events app: the tracking endpoint and what becomes of what it takes in."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "accounts.ingest.events"
    label = "events"
    verbose_name = _("Events")
