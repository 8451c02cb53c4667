"""Addresses of scorecards and their versions."""

from django.urls import path

from health.scorecards.views import editor, pages

urlpatterns = [
    path("scorecards/", pages.scorecards, name="scorecards"),
    path("scorecards/new/", editor.scorecard_create, name="scorecard_create"),
    path("scorecards/<uuid:pk>/", pages.scorecard, name="scorecard"),
    path("scorecards/<uuid:pk>/new_version/", pages.scorecard_new_version, name="scorecard_new_version"),
    path("scorecards/versions/<uuid:pk>/edit/", editor.scorecard_edit, name="scorecard_edit"),
    path("scorecards/versions/<uuid:pk>/preview/", pages.scorecard_preview, name="scorecard_preview"),
    path("scorecards/versions/<uuid:pk>/progress/", pages.scorecard_progress, name="scorecard_progress"),
    path("scorecards/versions/<uuid:pk>/submission/", pages.scorecard_submit, name="scorecard_submit"),
    path("scorecards/versions/<uuid:pk>/withdrawal/", pages.scorecard_withdraw, name="scorecard_withdraw"),
    path("scorecards/versions/<uuid:pk>/decision/", pages.scorecard_decision, name="scorecard_decision"),
]
