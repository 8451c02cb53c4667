"""The book in the administration: to be looked at; it changes through its verbs."""

from accounts.models import (
    AccountMerge,
    Attachment,
    Consent,
    ContactWindow,
    CustomField,
    Ownership,
    RoleChange,
    StageChange,
)
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin


class OwnershipAdmin(AuditedModelAdmin):
    """Who looked after accounts, and when."""

    list_display = ("account", "user", "since", "until")
    list_select_related = ("account", "user")
    search_fields = ("account__name", "user__name")


class StageChangeAdmin(AuditedModelAdmin):
    """Moves through the lifecycle."""

    list_display = ("occurred_at", "account", "from_stage", "to_stage", "reason", "changed_by")
    list_filter = ("to_stage",)
    list_select_related = ("account", "changed_by")
    search_fields = ("account__name", "reason")


class AccountMergeAdmin(AuditedModelAdmin):
    """Merges and splits."""

    list_display = ("recorded_at", "kind", "survivor", "absorbed", "occurred_on", "made_by")
    list_filter = ("kind",)
    list_select_related = ("survivor", "absorbed", "made_by")
    search_fields = ("survivor__name", "absorbed__name", "absorbed__external_id")


class RoleChangeAdmin(AuditedModelAdmin):
    """The parts people played."""

    list_display = ("occurred_on", "contact", "from_role", "to_role", "changed_by")
    list_filter = ("to_role",)
    list_select_related = ("contact", "changed_by")
    search_fields = ("contact__name", "contact__account__name")


class ConsentAdmin(AuditedModelAdmin):
    """What people allow."""

    list_display = ("occurred_at", "contact", "channel", "state", "source")
    list_filter = ("channel", "state")
    list_select_related = ("contact",)
    search_fields = ("contact__name", "contact__email")


class ContactWindowAdmin(AuditedModelAdmin):
    """When people want to be called."""

    list_display = ("contact", "weekday", "starts_at", "ends_at", "origin")
    list_filter = ("origin", "weekday")
    list_select_related = ("contact",)
    search_fields = ("contact__name",)


class CustomFieldAdmin(AuditedModelAdmin):
    """The tenant's own fields; they are made and changed in the settings."""

    list_display = ("label", "subject", "key", "kind", "version", "archived_at")
    list_filter = ("subject", "kind")
    search_fields = ("label", "key")


class AttachmentAdmin(AuditedModelAdmin):
    """Files kept with accounts."""

    list_display = ("file_name", "account", "content_type", "size", "uploaded_by", "recorded_at", "removed_at")
    list_filter = ("content_type",)
    list_select_related = ("account", "uploaded_by")
    search_fields = ("file_name", "account__name", "digest")


tenant_admin.register(Ownership, OwnershipAdmin)
tenant_admin.register(StageChange, StageChangeAdmin)
tenant_admin.register(AccountMerge, AccountMergeAdmin)
tenant_admin.register(RoleChange, RoleChangeAdmin)
tenant_admin.register(Consent, ConsentAdmin)
tenant_admin.register(ContactWindow, ContactWindowAdmin)
tenant_admin.register(CustomField, CustomFieldAdmin)
tenant_admin.register(Attachment, AttachmentAdmin)
