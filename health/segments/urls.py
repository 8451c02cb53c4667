"""Pages of segments."""

from django.urls import path

from health.segments import views

urlpatterns = [
    path("segments/", views.segments, name="segments"),
    path("segments/new/", views.segment_create, name="segment_create"),
    path("segments/<uuid:pk>/", views.segment, name="segment"),
    path("segments/<uuid:pk>/edit/", views.segment_edit, name="segment_edit"),
    path("segments/<uuid:pk>/archive/", views.segment_archive, name="segment_archive"),
    path("segments/<uuid:pk>/members.csv", views.segment_members, name="segment_members"),
]
