"""Pages of reports.impact."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
