"""The predictions app: who is likely to leave, learned from the tenant's own history and checked against what happened."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PredictionsConfig(AppConfig):
    name = "health.predictions"
    label = "predictions"
    verbose_name = _("Predictions")
