"""The platform's own site, on the public host."""

from django.urls import path

from cshub.tenancy import views
from cshub.tenancy.admin import platform_admin

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("status", views.status, name="status"),
    path("admin/", platform_admin.urls),
]
