"""Commands of the operator that look across all apps."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "cshub.operations"
