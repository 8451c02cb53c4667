"""Proof in the admin site: to be looked at. Claims are judged and credit is taken back on the product's pages, by the same verbs as over the API."""

from django.contrib import admin

from cshub.users.admin_site import AuditedModelAdmin, tenant_admin
from reports.impact.models import Claim, Estimate, Evidence, Experiment, LedgerEntry, Outcome, Review


@admin.register(Claim, site=tenant_admin)
class ClaimAdmin(AuditedModelAdmin):
    """Claims."""

    list_display = ("__str__", "account", "kind", "amount", "currency", "claimant", "state", "support")
    list_filter = ("state", "kind", "support")
    list_select_related = ("account", "claimant")
    search_fields = ("account__name", "narrative")


@admin.register(Evidence, site=tenant_admin)
class EvidenceAdmin(AuditedModelAdmin):
    """What was cited."""

    list_display = ("label", "claim", "object_type", "confirms", "captured_at")
    list_filter = ("object_type", "confirms")
    list_select_related = ("claim",)


@admin.register(Review, site=tenant_admin)
class ReviewAdmin(AuditedModelAdmin):
    """Who decided what."""

    list_display = ("claim", "decision", "reviewer", "decided_at")
    list_filter = ("decision",)
    list_select_related = ("claim", "reviewer")


@admin.register(Outcome, site=tenant_admin)
class OutcomeAdmin(AuditedModelAdmin):
    """What happened to revenue."""

    list_display = ("account", "kind", "amount", "currency", "occurred_on")
    list_filter = ("kind",)
    list_select_related = ("account",)


@admin.register(LedgerEntry, site=tenant_admin)
class LedgerEntryAdmin(AuditedModelAdmin):
    """The ledger."""

    list_display = ("seq", "kind", "account", "amount", "currency", "claim", "booked_by", "recorded_at")
    list_filter = ("kind",)
    list_select_related = ("account", "claim", "booked_by")
    ordering = ("-seq",)


@admin.register(Experiment, site=tenant_admin)
class ExperimentAdmin(AuditedModelAdmin):
    """What was registered."""

    list_display = ("version", "question", "holdout_share", "horizon_days", "registered_at")
    list_select_related = ("version__playbook",)
    exclude = ("salt",)


@admin.register(Estimate, site=tenant_admin)
class EstimateAdmin(AuditedModelAdmin):
    """Readings of experiments."""

    list_display = ("experiment", "as_of", "outcome", "verdict", "point", "low", "high")
    list_filter = ("outcome", "verdict")
    list_select_related = ("experiment",)
    ordering = ("-as_of",)
