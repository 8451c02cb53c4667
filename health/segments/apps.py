"""The segments app: which accounts a rule means, now and on any day since it was written."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "health.segments"
    label = "segments"
    verbose_name = _("Segments")
