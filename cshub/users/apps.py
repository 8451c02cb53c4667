"""Tells Django about the people who log in."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsersConfig(AppConfig):
    name = "cshub.users"
    label = "users"
    verbose_name = _("People")
