"""The tenant's site."""

from django.conf import settings
from django.urls import include, path

from cshub.users.admin_site import tenant_admin

urlpatterns = [
    path("", include("accounts.ingest.events.urls")),
    path("", include("cshub.web.urls")),
    path("import/", include("accounts.ingest.urls")),
    path("integrations/", include("accounts.ingest.connectors.urls")),
    path("data-quality/", include("accounts.ingest.quality.urls")),
    path("", include("health.segments.urls")),
    path("", include("health.predictions.urls")),
    path("", include("health.value.urls")),
    path("", include("health.scorecards.urls")),
    path("", include("health.mailing.urls")),
    path("", include("playbooks.urls")),
    path("", include("reports.impact.urls")),
    path("reports/", include("reports.urls")),
    path("", include("cshub.work.urls")),
    path("", include("cshub.users.urls")),
    path("", include("cshub.api.urls")),
    path("admin/", tenant_admin.urls),
]

handler400 = "cshub.web.errors.bad_request"
handler403 = "cshub.web.errors.forbidden"
handler404 = "cshub.web.errors.not_found"
handler500 = "cshub.web.errors.server_error"

if settings.DEBUG:
    urlpatterns += [path("_gallery/", include("cshub.web.gallery"))]
