"""Scorecards in the admin site: each version with what it changes and its preview, approved by somebody who did not write it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from cshub.kernel.refusal import Refused
from cshub.users.access import can
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin
from cshub.users.models import User
from health.models import (
    AccountSentiment,
    HealthMailing,
    HealthOverride,
    Scorecard,
    ScorecardDecision,
    ScorecardPreview,
    ScorecardVersion,
)
from health.queries.versions import version_page
from health.scorecards.forms import DecisionForm

State = ScorecardVersion.State


@admin.register(ScorecardVersion, site=tenant_admin)
class ScorecardVersionAdmin(AuditedModelAdmin):
    """Formulas, those that wait for a decision first: looked at and decided about, never edited."""

    list_display = ("__str__", "state", "author", "submitted_at", "activated_at", "activated_by")
    list_filter = ("state",)
    list_select_related = ("scorecard", "author", "activated_by")
    change_form_template = "admin/health/scorecardversion/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        order = [When(state=state, then=Value(place)) for place, state in enumerate((State.SUBMITTED, State.ACTIVE))]
        waiting_first = Case(*order, default=Value(9), output_field=IntegerField())
        found = super().get_queryset(request).select_related("scorecard", "author", "preview__computed_by")
        return found.order_by(waiting_first, "-submitted_at", "-created_at")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    def get_urls(self) -> list[URLPattern]:
        decision = path(
            "<uuid:pk>/decision/",
            self.admin_site.admin_view(self.decision_view),
            name="health_scorecardversion_decision",
        )
        return [decision, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Everything an approver has to see on one page."""
        version = self.get_object(request, object_id)
        if version is None:
            raise Http404
        page = version_page(version, as_of=timezone.now())
        digest = page.preview.digest if page.preview else ""
        context = {
            "page": page,
            "version": version,
            "decision_form": DecisionForm(initial={"preview": digest}, auto_id="decision_%s"),
            "may_decide": version.state == State.SUBMITTED and can(request.user, "scorecard_decision", "POST"),
            "is_author": version.author_id == request.user.pk,
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def decision_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """Approve or return, by the same verbs as the page and the API."""
        version = self.get_object(request, str(pk))
        if version is None or request.method != "POST":
            raise Http404
        if not isinstance(request.user, User) or not can(request.user, "scorecard_decision", "POST"):
            raise PermissionDenied
        try:
            messages.success(request, DecisionForm(request.POST).take(version, by=request.user, as_of=timezone.now()))
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect(
            reverse("admin:health_scorecardversion_change", args=[version.pk], current_app=self.admin_site.name)
        )


@admin.register(Scorecard, site=tenant_admin)
class ScorecardAdmin(AuditedModelAdmin):
    """Scorecards, to be looked at."""

    list_display = ("name", "created_at")


@admin.register(ScorecardPreview, site=tenant_admin)
class ScorecardPreviewAdmin(AuditedModelAdmin):
    """Previews, to be looked at; the page of the version shows the latest in words."""

    list_display = ("version", "as_of", "computed_by", "digest")
    list_select_related = ("version__scorecard", "computed_by")


@admin.register(ScorecardDecision, site=tenant_admin)
class ScorecardDecisionAdmin(AuditedModelAdmin):
    """Decisions, to be looked at."""

    list_display = ("version", "decision", "decided_by", "decided_at")
    list_filter = ("decision",)
    list_select_related = ("version__scorecard", "decided_by")


@admin.register(HealthMailing, site=tenant_admin)
class HealthMailingAdmin(AuditedModelAdmin):
    """Who is told of changes by mail, to be looked at; each person chooses in their profile."""

    list_display = ("user", "every", "told_until")
    list_filter = ("every",)
    list_select_related = ("user",)


@admin.register(HealthOverride, site=tenant_admin)
class HealthOverrideAdmin(AuditedModelAdmin):
    """Health set by hand, to be looked at; it is set and taken back on the page of the account."""

    list_display = ("account", "band", "score", "reason", "until_on", "author", "made_at", "ended_at")
    list_filter = ("band",)
    list_select_related = ("account", "author")
    search_fields = ("account__name", "reason")


@admin.register(AccountSentiment, site=tenant_admin)
class AccountSentimentAdmin(AuditedModelAdmin):
    """What people said about accounts, to be looked at; it is said on the page of the account."""

    list_display = ("account", "level", "reason", "author", "said_at", "fades_on")
    list_filter = ("level",)
    list_select_related = ("account", "author")
    search_fields = ("account__name", "reason")
