"""Pages of cshub.web."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
