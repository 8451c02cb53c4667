"""The reports app: what the board and the CFO read."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
