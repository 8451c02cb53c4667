"""Addresses of the choice about mails."""

from django.urls import path

from health.mailing import views

urlpatterns = [
    path("profile/mails/", views.choice, name="health_mails"),
    path("mails/stop/<str:token>/", views.stop, name="health_mails_stop"),
]
