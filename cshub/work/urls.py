"""Pages of cshub.work."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
