"""The playbooks app: the work we do about it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlaybooksConfig(AppConfig):
    name = "playbooks"
    verbose_name = _("Playbooks")

    def ready(self) -> None:
        from health.segments.uses import named_by
        from playbooks.queries.segments import playbooks_for

        named_by(playbooks_for)
