"""Commands work inside one tenant, named on the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError

from cshub.tenancy.context import public_context, tenant_context
from cshub.tenancy.models import Tenant


@contextmanager
def inside_tenant(schema: str) -> Iterator[Tenant]:
    """Work inside the tenant with this schema; an unknown one ends the command with the names that exist."""
    with public_context():
        tenants = {tenant.schema_name: tenant for tenant in Tenant.objects.filter(status=Tenant.Status.ACTIVE)}
    if schema not in tenants:
        known = ", ".join(sorted(tenants)) or "none yet; create one with create_tenant"
        raise CommandError(f"There is no active tenant with the schema {schema}. Known: {known}.")
    with tenant_context(tenants[schema]):
        yield tenants[schema]
