"""Data quality in the admin site, to be looked at; it is worked on its own pages."""

from accounts.ingest.quality.models import LikelyDuplicate, Rhythm
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin


class RhythmAdmin(AuditedModelAdmin):
    """After how many days each kind of fact counts as stale, where the tenant chose."""

    list_display = ("kind", "stale_after_days", "updated_at")


class LikelyDuplicateAdmin(AuditedModelAdmin):
    """Accounts that look like one customer."""

    list_display = ("first", "second", "strength", "name_likeness", "domain", "email_count", "found_at")
    list_select_related = ("first", "second")
    search_fields = ("first__name", "second__name", "domain")


tenant_admin.register(Rhythm, RhythmAdmin)
tenant_admin.register(LikelyDuplicate, LikelyDuplicateAdmin)
