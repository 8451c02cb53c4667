"""Reports and what finance puts into them in the admin site: to be looked at."""

from django.contrib import admin

from cshub.users.admin_site import AuditedModelAdmin, tenant_admin
from reports.models import CostEntry, FinanceAssumption, FrozenReport, ReportRun


@admin.register(ReportRun, site=tenant_admin)
class ReportRunAdmin(AuditedModelAdmin):
    """Runs of reports."""

    list_display = ("starts_on", "ends_on", "state", "as_of", "created_by", "digest")
    list_filter = ("state",)
    list_select_related = ("created_by",)
    ordering = ("-created_at",)


@admin.register(FrozenReport, site=tenant_admin)
class FrozenReportAdmin(AuditedModelAdmin):
    """What was frozen."""

    list_display = ("run", "digest", "frozen_by", "frozen_at")
    list_select_related = ("run", "frozen_by")


@admin.register(CostEntry, site=tenant_admin)
class CostEntryAdmin(AuditedModelAdmin):
    """What customer success cost."""

    list_display = ("name", "category", "amount", "currency", "starts_on", "ends_on", "entered_by")
    list_filter = ("category", "currency")
    list_select_related = ("entered_by",)


@admin.register(FinanceAssumption, site=tenant_admin)
class FinanceAssumptionAdmin(AuditedModelAdmin):
    """What finance decided."""

    list_display = ("valid_from", "gross_margin", "currency", "decided_by", "recorded_at")
    list_select_related = ("decided_by",)
