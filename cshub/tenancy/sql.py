"""Reads which tenant a host name belongs to."""

from cshub.db.reading import columns
from cshub.tenancy.models import Tenant

AT_HOST = f"SELECT {columns(Tenant, 't')} FROM tenancy_tenant t JOIN tenancy_domain d ON d.tenant_id = t.id WHERE d.domain = %(host)s"  # noqa: S608  # no value from outside
