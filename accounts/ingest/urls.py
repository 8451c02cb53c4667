"""Addresses of the import, below /import/."""

from django.urls import path

from accounts.ingest import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("sample/<slug:kind>.csv", views.import_sample, name="import_sample"),
    path("<uuid:pk>/", views.import_batch, name="import_batch"),
    path("<uuid:pk>/columns/", views.import_match, name="import_match"),
    path("<uuid:pk>/reading/", views.import_reading, name="import_reading"),
    path("<uuid:pk>/mapping/", views.import_mapping, name="import_mapping"),
    path("<uuid:pk>/start/", views.import_start, name="import_start"),
    path("<uuid:pk>/undo/", views.import_undo, name="import_undo"),
    path("<uuid:pk>/progress/", views.import_progress, name="import_progress"),
    path("<uuid:pk>/rejected.csv", views.import_rejected, name="import_rejected"),
]
