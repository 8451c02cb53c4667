"""The accounts app: facts about the tenant's customers."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
