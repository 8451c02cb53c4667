"""Pages of accounts.ingest."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
