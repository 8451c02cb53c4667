"""Events in the admin site: to be looked at. What may be changed is changed on the pages of events."""

from accounts.ingest.events.models import AppUser, EventName, RawBatch, RejectedEvent, Source
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin


class SourceAdmin(AuditedModelAdmin):
    """Programs that send events."""

    list_display = ("name", "prefix", "is_active", "events_a_minute", "last_received_at")
    list_filter = ("is_active",)
    search_fields = ("name", "prefix")


class RawBatchAdmin(AuditedModelAdmin):
    """Requests as they came in."""

    list_display = ("id", "received_at", "source", "kind", "state", "event_count", "stored_count", "rejected_count")
    list_filter = ("state", "kind")
    list_select_related = ("source",)


class EventNameAdmin(AuditedModelAdmin):
    """Names of events and the metrics they are summed up in."""

    list_display = ("name", "metric", "first_seen_at")
    list_select_related = ("metric",)
    search_fields = ("name",)


class AppUserAdmin(AuditedModelAdmin):
    """Users of the tenant's product."""

    list_display = ("external_id", "is_anonymous", "account", "contact", "first_seen_at")
    list_filter = ("is_anonymous",)
    list_select_related = ("account", "contact")
    raw_id_fields = ("account", "contact")
    readonly_fields = ("alias_of", "alias_at", "same_as")  # days are counted again with them, by what was sent
    search_fields = ("external_id",)


class RejectedEventAdmin(AuditedModelAdmin):
    """Events in quarantine."""

    list_display = ("received_at", "source", "kind", "code", "arrival_count", "state")
    list_filter = ("state", "code")
    list_select_related = ("source",)


tenant_admin.register(Source, SourceAdmin)
tenant_admin.register(RawBatch, RawBatchAdmin)
tenant_admin.register(EventName, EventNameAdmin)
tenant_admin.register(AppUser, AppUserAdmin)
tenant_admin.register(RejectedEvent, RejectedEventAdmin)
