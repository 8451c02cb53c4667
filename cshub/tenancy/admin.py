"""The platform's own admin, on the public host: tenants and their host names, never a tenant's data."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cshub.db.active import PUBLIC
from cshub.tenancy.models import Domain, Tenant

if TYPE_CHECKING:
    Inline = admin.TabularInline[Domain, Tenant]
    Page = admin.ModelAdmin[Tenant]
else:
    Inline, Page = admin.TabularInline, admin.ModelAdmin


class PlatformAdminSite(admin.AdminSite):
    site_header = site_title = _("cshub platform")
    index_title = _("Tenants")


class DomainInline(Inline):
    model = Domain
    extra = 0


class TenantAdmin(Page):
    """Tenants come from `create_tenant` and leave by `offboard`: here they are seen, named, opened and closed."""

    list_display = ("name", "schema_name", "status", "created_at")
    list_filter = ("status",)
    search_fields = ("name", "schema_name", "domains__domain")
    readonly_fields = ("schema_name", "created_at")
    fields = ("name", "schema_name", "status", "created_at")
    inlines: ClassVar = [DomainInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        """The platform's own schema is no tenant."""
        return super().get_queryset(request).exclude(schema_name=PUBLIC)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


platform_admin = PlatformAdminSite(name="platform_admin")
platform_admin.register(Tenant, TenantAdmin)
