"""Pages of reports."""

from django.urls import path

from reports import views

urlpatterns = [
    path("", views.reports, name="reports"),
    path("run/", views.report_run, name="report_run"),
    path("inputs/", views.report_inputs, name="report_inputs"),
    path("<uuid:pk>/", views.report, name="report"),
    path("<uuid:pk>/freeze/", views.report_freeze, name="report_freeze"),
    path("<uuid:pk>/check/", views.report_check, name="report_check"),
    path("<uuid:pk>/<slug:table>.csv", views.report_table, name="report_table"),
]
