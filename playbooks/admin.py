"""The approval queue in the admin site: what a version says and changes, whom it would have met, what its holdout can show."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cshub.kernel.refusal import Refused
from cshub.users.access import can
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin
from cshub.users.models import User
from playbooks import queries
from playbooks.forms import DecisionForm
from playbooks.models import Approval, Enrollment, Playbook, PlaybookVersion, Task
from playbooks.queries.words import audience_in_words, trigger_in_words

State = PlaybookVersion.State


@admin.register(PlaybookVersion, site=tenant_admin)
class PlaybookVersionAdmin(AuditedModelAdmin):
    """Versions, those that wait for a decision first. A version is looked at and decided about, never edited."""

    list_display = ("__str__", "state", "in_words", "author", "submitted_at")
    list_filter = ("state", "trigger")
    search_fields = ("playbook__name",)
    list_select_related = ("playbook", "author")
    change_form_template = "admin/playbooks/playbookversion/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        order = [When(state=state, then=Value(place)) for place, state in enumerate((State.SUBMITTED, State.ACTIVE))]
        waiting_first = Case(*order, default=Value(9), output_field=IntegerField())
        return super().get_queryset(request).order_by(waiting_first, "-submitted_at", "-created_at")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    @admin.display(description=_("starts"))
    def in_words(self, version: PlaybookVersion) -> str:
        """When it starts."""
        return trigger_in_words(version.trigger, version.trigger_settings)

    def get_urls(self) -> list[URLPattern]:
        decision = path(
            "<uuid:pk>/decision/",
            self.admin_site.admin_view(self.decision_view),
            name="playbooks_playbookversion_decision",
        )
        return [decision, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Everything an approver has to see on one page."""
        version = self.get_object(request, object_id)
        if version is None:
            raise Http404
        as_of = timezone.now()
        context = {
            "version": version,
            "in_words": trigger_in_words(version.trigger, version.trigger_settings),
            "audience": audience_in_words(version.audience),
            "preview": queries.preview(version, as_of=as_of),
            "changes": queries.changes(version),
            "decisions": version.approvals.select_related("decided_by").order_by("-decided_at"),
            "decision_form": DecisionForm(initial={"content_hash": version.content_hash}, auto_id="decision_%s"),
            "may_decide": version.state == State.SUBMITTED and can(request.user, "playbook_decision", "POST"),
            "is_author": version.author_id == request.user.pk,
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def decision_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Approve or return, by the same verbs as the page and the API."""
        version = self.get_object(request, str(pk))
        if version is None or request.method != "POST":
            raise Http404
        if not isinstance(request.user, User) or not can(request.user, "playbook_decision", "POST"):
            raise PermissionDenied
        try:
            messages.success(request, DecisionForm(request.POST).take(version, by=request.user, as_of=timezone.now()))
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect(
            reverse("admin:playbooks_playbookversion_change", args=[version.pk], current_app=self.admin_site.name)
        )


@admin.register(Playbook, site=tenant_admin)
class PlaybookAdmin(AuditedModelAdmin):
    """Playbooks, to be looked at."""

    list_display = ("name", "mode", "created_at")
    search_fields = ("name",)


@admin.register(Approval, site=tenant_admin)
class ApprovalAdmin(AuditedModelAdmin):
    """Decisions, to be looked at."""

    list_display = ("version", "decision", "decided_by", "decided_at")
    list_filter = ("decision",)
    list_select_related = ("version__playbook", "decided_by")


@admin.register(Enrollment, site=tenant_admin)
class EnrollmentAdmin(AuditedModelAdmin):
    """Enrollments, to be looked at."""

    list_display = ("account", "version", "arm", "stratum", "eligible_at")
    list_filter = ("arm",)
    list_select_related = ("account", "version__playbook")


@admin.register(Task, site=tenant_admin)
class TaskAdmin(AuditedModelAdmin):
    """Tasks, to be looked at."""

    list_display = ("title", "account", "owner", "state", "due_on")
    list_filter = ("state", "mode")
    list_select_related = ("account", "owner")
