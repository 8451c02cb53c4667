"""The health app: what we conclude from the facts, and why."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HealthConfig(AppConfig):
    name = "health"
    verbose_name = _("Health")

    def ready(self) -> None:
        from health.scorecards.assignment import scorecards_for
        from health.segments.uses import named_by

        named_by(scorecards_for)
