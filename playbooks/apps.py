"""The playbooks app: the work we do about it."""

from django.apps import AppConfig


class PlaybooksConfig(AppConfig):
    name = "playbooks"
