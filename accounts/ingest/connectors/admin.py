"""Connectors in the admin site, to be looked at; they are set up on their own pages, which know their options."""

from accounts.ingest.connectors.models import Connector, SyncProblem, SyncRun
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin


class ConnectorAdmin(AuditedModelAdmin):
    """What is connected, and how it goes."""

    list_display = ("name", "adapter", "brings", "is_active", "last_success_at", "next_run_at", "failure_count")
    list_filter = ("adapter", "is_active")
    search_fields = ("name",)


class SyncRunAdmin(AuditedModelAdmin):
    """The log of readings."""

    list_display = (
        "connector",
        "started_at",
        "state",
        "fetched_count",
        "added_count",
        "updated_count",
        "rejected_count",
    )
    list_filter = ("state", "connector")
    list_select_related = ("connector",)


class SyncProblemAdmin(AuditedModelAdmin):
    """Rows that need a fix."""

    list_display = ("run", "position", "field", "problem")
    list_select_related = ("run",)


tenant_admin.register(Connector, ConnectorAdmin)
tenant_admin.register(SyncRun, SyncRunAdmin)
tenant_admin.register(SyncProblem, SyncProblemAdmin)
