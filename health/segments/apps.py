"""The segments app: which accounts a rule means, now and on any day since it was written."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "health.segments"
    label = "segments"
    verbose_name = _("Segments")

    def ready(self) -> None:
        from accounts.queries.rules import rules_are_computed_by
        from health.segments import lists

        rules_are_computed_by(lists)
