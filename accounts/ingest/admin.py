"""Files that came in, in the admin site."""

from typing import Any

from django.http import HttpRequest

from accounts.ingest.models import ImportBatch, ImportMapping
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin


class ImportBatchAdmin(AuditedModelAdmin):
    """Files and what became of their rows."""

    list_display = (
        "created_at",
        "file_name",
        "kind",
        "state",
        "added_count",
        "updated_count",
        "rejected_count",
        "created_by",
    )
    list_filter = ("kind", "state")
    list_select_related = ("created_by",)
    search_fields = ("file_name",)


class ImportMappingAdmin(AuditedModelAdmin):
    """Saved mappings: one that nobody needs any more can be deleted."""

    list_display = ("name", "kind", "created_by", "created_at")
    list_filter = ("kind",)
    list_select_related = ("created_by",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("ingest.delete_importmapping"))


tenant_admin.register(ImportBatch, ImportBatchAdmin)
tenant_admin.register(ImportMapping, ImportMappingAdmin)
