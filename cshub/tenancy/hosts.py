"""Where a tenant's site is, for links in mails that no request asked for."""

from django.conf import settings

from cshub.environment import environment
from cshub.tenancy.context import active_tenant, public_context
from cshub.tenancy.models import Domain


def site_address() -> str:
    """https://host of the active tenant; without TLS, as on one's own machine, with the port of CSHUB_PORT."""
    tenant = active_tenant()
    with public_context():
        host = Domain.objects.filter(tenant_id=tenant.pk).order_by("-is_primary", "domain").values_list("domain", flat=True)[0]  # fmt: skip
    return f"https://{host}" if settings.HTTPS else f"http://{host}:{environment()['CSHUB_PORT']}"
