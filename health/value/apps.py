"""The value app: what customers are worth, what serving them costs, and the tier that follows from both."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ValueConfig(AppConfig):
    name = "health.value"
    label = "value"
    verbose_name = _("Customer value")
