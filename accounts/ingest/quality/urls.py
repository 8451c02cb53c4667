"""Addresses of data quality, below /data-quality/."""

from django.urls import path

from accounts.ingest.quality import views

urlpatterns = [
    path("", views.data_quality, name="data_quality"),
    path("rhythms/", views.data_quality_rhythms, name="data_quality_rhythms"),
    path("duplicates/", views.likely_duplicates, name="likely_duplicates"),
    path("duplicates/search/", views.duplicates_search, name="duplicates_search"),
    path("duplicates/<uuid:pk>/merge/", views.duplicate_merge, name="duplicate_merge"),
    path("duplicates/<uuid:pk>/difference/", views.duplicate_apart, name="duplicate_apart"),
]
