"""Value in the admin site: decisions are made here by the verbs that record them; what was computed can be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils import timezone

from cshub.users.admin_site import AuditedModelAdmin, tenant_admin
from cshub.users.models import User
from health.value import services
from health.value.forms import MarginForm, RateForm, TermsForm, decide_terms
from health.value.models import AccountValue, CostRate, SegmentMargin, StrategicMark, ValueFit, ValueTerms

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model
    from django.http import HttpRequest

DECIDED = ("valid_from", "reason")


class DecisionAdmin(AuditedModelAdmin):
    """Decisions: one may add one, and nobody changes or removes what was decided."""

    writable = True
    verb: Callable[..., Model]
    list_select_related = ("decided_by",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        by = request.user if isinstance(request.user, User) else None
        made = type(self).verb(**form.cleaned_data, by=by, as_of=timezone.now())
        obj.pk = made.pk

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """The verb has recorded it."""


@admin.register(ValueTerms, site=tenant_admin)
class ValueTermsAdmin(DecisionAdmin):
    """Horizon, discount and where tiers begin."""

    form = TermsForm
    verb = staticmethod(decide_terms)
    list_display = ("valid_from", "months", "discount", "high_from", "middle_from", "currency", "decided_by")
    fields = ("months", "discount", "currency", "high_from", "middle_from", *DECIDED)


@admin.register(SegmentMargin, site=tenant_admin)
class SegmentMarginAdmin(DecisionAdmin):
    """Margins of segments."""

    form = MarginForm
    verb = staticmethod(services.decide_margin)
    list_display = ("valid_from", "segment", "margin", "decided_by")
    fields = ("segment", "margin", *DECIDED)


@admin.register(CostRate, site=tenant_admin)
class CostRateAdmin(DecisionAdmin):
    """What an hour of a role costs."""

    form = RateForm
    verb = staticmethod(services.decide_rate)
    list_display = ("valid_from", "role", "hourly", "currency", "decided_by")
    list_filter = ("role",)
    fields = ("role", "hourly", "currency", *DECIDED)


@admin.register(StrategicMark, site=tenant_admin)
class StrategicMarkAdmin(AuditedModelAdmin):
    """Accounts that were set apart."""

    list_display = ("account", "note", "marked_by", "marked_at", "ended_by", "ended_at")
    list_select_related = ("account", "marked_by", "ended_by")
    search_fields = ("account__name", "account__external_id")


@admin.register(ValueFit, site=tenant_admin)
class ValueFitAdmin(AuditedModelAdmin):
    """What was learned of renewals and orders."""

    list_display = ("as_of", "kind", "scope", "observed", "happened", "refusal")
    list_filter = ("kind",)


@admin.register(AccountValue, site=tenant_admin)
class AccountValueAdmin(AuditedModelAdmin):
    """Present values."""

    list_display = ("account", "amount", "currency", "cost", "tier", "method", "computed_at")
    list_filter = ("tier", "method")
    list_select_related = ("account",)
    search_fields = ("account__name", "account__external_id")
