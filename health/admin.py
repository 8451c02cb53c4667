"""The scorecards in the admin site: every version can be read, a draft can be put in force."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from cshub.kernel.refusal import Refused
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin
from cshub.users.models import User
from health.models import HealthOverride, Scorecard, ScorecardVersion
from health.services import activate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


@admin.register(ScorecardVersion, site=tenant_admin)
class ScorecardVersionAdmin(AuditedModelAdmin):
    """Formulas: looked at and put in force, never edited."""

    list_display = ("__str__", "state", "author", "created_at", "activated_at", "activated_by")
    list_filter = ("state",)
    list_select_related = ("scorecard", "author", "activated_by")
    ordering = ("-created_at",)
    fields = (
        "scorecard",
        "number",
        "state",
        "author",
        "created_at",
        "activated_at",
        "activated_by",
        "definition_hash",
        "formula",
    )
    readonly_fields = fields
    actions: Sequence[Any] | None = ("put_in_force",)

    @admin.display(description=_("formula"))
    def formula(self, version: ScorecardVersion) -> SafeString:
        """The whole definition."""
        return format_html("<pre>{}</pre>", json.dumps(version.definition, indent=2, ensure_ascii=False))

    @admin.action(description=_("Activate this draft; it scores all accounts from the next scoring"))
    def put_in_force(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """One draft at a time."""
        if len(queryset) != 1 or not isinstance(request.user, User):
            messages.error(request, _("Choose one draft; one formula scores all accounts."))
            return
        try:
            version = activate(queryset[0], by=request.user, as_of=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request, _("%(version)s scores all accounts from the next scoring.") % {"version": version}
            )


@admin.register(Scorecard, site=tenant_admin)
class ScorecardAdmin(AuditedModelAdmin):
    """Scorecards, to be looked at."""

    list_display = ("name", "created_at")


@admin.register(HealthOverride, site=tenant_admin)
class HealthOverrideAdmin(AuditedModelAdmin):
    """Health set by hand, to be looked at; it is set and taken back on the page of the account."""

    list_display = ("account", "band", "score", "reason", "until_on", "author", "made_at", "ended_at")
    list_filter = ("band",)
    list_select_related = ("account", "author")
    search_fields = ("account__name", "reason")
