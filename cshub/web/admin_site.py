"""The tenant's admin site, for those who look for it among the pages; apps register with cshub.users.admin_site."""

from cshub.users.admin_site import AuditedModelAdmin, TenantAdminSite, tenant_admin

__all__ = ["AuditedModelAdmin", "TenantAdminSite", "tenant_admin"]
