"""Pages of value."""

from django.urls import path

from health.value import views

urlpatterns = [
    path("health/value/", views.value_settings, name="value_settings"),
    path("accounts/<uuid:pk>/strategic/", views.account_strategic, name="account_strategic"),
]
