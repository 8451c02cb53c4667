"""Tells Django about background work: what has to leave the house, jobs with progress, answers given once."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkConfig(AppConfig):
    name = "cshub.work"
    label = "work"
    verbose_name = _("Background work")
