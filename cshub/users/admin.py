"""People and keys in the admin site."""

from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from cshub.kernel.refusal import Refused
from cshub.users import services
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin
from cshub.users.models import Absence, ApiKey, Team, User


class TeamAdmin(AuditedModelAdmin):
    """Teams: taken in and named here."""

    writable = True
    list_display = ("name",)
    search_fields = ("name",)


class UserAdmin(AuditedModelAdmin):
    """People: changed by the same verb as on /settings/members/; they are taken in there."""

    writable = True
    list_display = ("name", "email", "role", "team", "is_active", "last_login")
    list_filter = ("role", "team", "is_active")
    search_fields = ("name", "email")
    fields = ("email", "name", "role", "team", "is_active", "last_login", "created_at")
    readonly_fields = ("email", "last_login", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        try:
            services.change_member(
                User.objects.get(pk=obj.pk),
                by=request.user,
                as_of=timezone.now(),
                **{name: form.cleaned_data[name] for name in form.changed_data},
            )
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The verb has written it into the trail."""


class ApiKeyAdmin(AuditedModelAdmin):
    """Keys: looked at only."""

    list_display = ("name", "prefix", "user", "scopes", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("user",)
    exclude = ("digest",)


class AbsenceAdmin(AuditedModelAdmin):
    """Who is away, and who covers."""

    list_display = ("user", "starts_on", "ends_on", "cover")
    list_select_related = ("user", "cover")
    search_fields = ("user__name", "cover__name")


tenant_admin.register(Team, TeamAdmin)
tenant_admin.register(User, UserAdmin)
tenant_admin.register(ApiKey, ApiKeyAdmin)
tenant_admin.register(Absence, AbsenceAdmin)
