"""Addresses of connectors, below /integrations/."""

from django.urls import path

from accounts.ingest.connectors import views

urlpatterns = [
    path("", views.integrations, name="integrations"),
    path("new/", views.connector_create, name="connector_create"),
    path("<uuid:pk>/", views.connector, name="connector"),
    path("<uuid:pk>/edit/", views.connector_edit, name="connector_edit"),
    path("<uuid:pk>/trial/", views.connector_trial, name="connector_trial"),
    path("<uuid:pk>/run/", views.connector_order, name="connector_order"),
    path("<uuid:pk>/switch/", views.connector_switch, name="connector_switch"),
    path("<uuid:pk>/removal/", views.connector_removal, name="connector_removal"),
]
