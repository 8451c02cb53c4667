"""Routes of the audit trail."""

from django.urls import path

from cshub.audit import views

urlpatterns = [path("", views.trail, name="settings_audit")]
