"""Tickets in the admin site, to be looked at, and marks of accounts that only look alike."""

from accounts.models import DistinctPair, Ticket
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin


class TicketAdmin(AuditedModelAdmin):
    """Tickets as the help desk tells them."""

    list_display = ("opened_at", "account", "subject", "status", "priority", "resolved_at", "satisfaction")
    list_filter = ("status", "priority")
    list_select_related = ("account",)
    search_fields = ("external_id", "subject", "account__name")


class DistinctPairAdmin(AuditedModelAdmin):
    """Accounts that look alike and are not; a mark that was wrong may be taken away."""

    writable = True
    list_display = ("first", "second", "said_by", "recorded_at")
    list_select_related = ("first", "second", "said_by")
    search_fields = ("first__name", "second__name")

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False


tenant_admin.register(Ticket, TicketAdmin)
tenant_admin.register(DistinctPair, DistinctPairAdmin)
