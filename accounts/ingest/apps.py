"""The ingest app: how facts come in."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "accounts.ingest"
    label = "ingest"
