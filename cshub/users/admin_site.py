"""The tenant's admin site: for admins and managers, whose every change is written into the audit trail."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cshub.audit import services as audit
from cshub.users.models import User

if TYPE_CHECKING:
    Page = admin.ModelAdmin[Any]
else:
    Page = admin.ModelAdmin


class TenantAdminSite(admin.AdminSite):
    """Django's admin inside one tenant; the sign-in page of the product is its door."""

    site_header = site_title = _("cshub administration")
    index_title = _("Administration")

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.is_staff

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The product's own sign-in page."""
        wanted = request.GET.get("next") or reverse("admin:index", current_app=self.name)
        return redirect(f"{reverse('sign_in')}?next={quote(wanted)}")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One place for everybody's password."""
        return redirect("profile_password")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "site_url": "/"}


class AuditedModelAdmin(Page):
    """A page of the admin site. Facts can be looked at only; a subclass that may write says so by `writable = True`.

    Every change goes into the audit trail instead of Django's LogEntry. Verbs that mean something stay in services.py: call them in
    `save_model` or an action, rather than saving fields.
    """

    writable = False
    show_full_result_count = False
    list_per_page = 50
    actions: Sequence[Any] | None = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.writable and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.writable and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.writable and super().has_delete_permission(request, obj)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        return self._record(request, "added", obj, {"admin": message})

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        return self._record(request, "changed", obj, {"admin": message})

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return [self._record(request, "deleted", row, None) for row in queryset]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The audit trail of this row."""
        label = self.model._meta.label_lower
        return redirect(f"{reverse('settings_audit')}?object_type={label}&object_id={quote(object_id)}")

    def _record(self, request: HttpRequest, verb: str, row: Model, after: dict[str, Any] | None) -> Any:
        by = request.user if isinstance(request.user, User) else None
        return audit.record(f"{row._meta.model_name}.{verb}", target=row, by=by, at=timezone.now(), after=after)  # noqa: TID251


tenant_admin = TenantAdminSite(name="admin")
