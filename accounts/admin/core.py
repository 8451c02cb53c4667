"""Facts in the admin site: to be looked at. What may be changed is changed by the same verbs as everywhere else."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts import services
from accounts.models import (
    Account,
    Contact,
    Contract,
    ContractLine,
    Interaction,
    MetricDefinition,
    Renewal,
    RenewalDecision,
    RevenueMovement,
    SurveyResponse,
)
from cshub.users.admin_site import AuditedModelAdmin, tenant_admin

SOURCES = ("external_id", "recorded_at", "updated_at")


class AccountAdmin(AuditedModelAdmin):
    """Accounts: fields may be corrected here; revenue follows from contracts."""

    writable = True
    list_display = ("name", "external_id", "status", "segment", "owner", "updated_at")
    list_filter = ("status",)
    list_select_related = ("owner",)
    search_fields = ("name", "external_id", "domain")
    raw_id_fields = ("parent", "owner")
    readonly_fields = SOURCES
    fields = (
        *(
            "external_id",
            "name",
            "domain",
            "parent",
            "owner",
            "status",
            "segment",
            "industry",
            "region",
            "timezone",
            "language",
        ),
        *("customer_since_on", "churned_on", "attributes", "recorded_at", "updated_at"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        services.revise_account(Account.objects.get(pk=obj.pk), by=request.user, as_of=timezone.now(), **changes)  # type: ignore[arg-type]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The verb has written the deed."""


class ContactAdmin(AuditedModelAdmin):
    """People at accounts."""

    list_display = ("name", "account", "email", "role", "left_on")
    list_filter = ("role",)
    list_select_related = ("account",)
    search_fields = ("name", "email", "account__name")


class ContractAdmin(AuditedModelAdmin):
    """Contracts."""

    list_display = ("external_id", "account", "starts_on", "ends_on", "currency", "status")
    list_filter = ("status", "currency")
    list_select_related = ("account",)
    search_fields = ("external_id", "name", "account__name")


class ContractLineAdmin(AuditedModelAdmin):
    """Lines of contracts."""

    list_display = ("external_id", "contract", "product", "arr")
    list_select_related = ("contract",)
    search_fields = ("external_id", "contract__external_id")


class RevenueMovementAdmin(AuditedModelAdmin):
    """Movements of revenue."""

    list_display = ("occurred_on", "account", "kind", "amount", "currency", "source_ref")
    list_filter = ("kind", "currency")
    list_select_related = ("account",)
    search_fields = ("account__name", "source_ref")


class RenewalAdmin(AuditedModelAdmin):
    """Renewals."""

    list_display = ("due_on", "account", "contract", "arr_due", "currency", "notice_by")
    list_select_related = ("account", "contract")
    search_fields = ("account__name", "contract__external_id")


class RenewalDecisionAdmin(AuditedModelAdmin):
    """How renewals ended."""

    list_display = ("decided_on", "renewal", "decision", "arr_renewed", "source_ref")
    list_filter = ("decision",)
    list_select_related = ("renewal",)


class InteractionAdmin(AuditedModelAdmin):
    """What happened between us and accounts."""

    list_display = ("occurred_at", "account", "channel", "mode", "minutes", "subject")
    list_filter = ("channel", "mode", "direction")
    list_select_related = ("account",)
    search_fields = ("subject", "account__name")


class SurveyResponseAdmin(AuditedModelAdmin):
    """Answers to surveys."""

    list_display = ("occurred_at", "account", "kind", "score")
    list_filter = ("kind",)
    list_select_related = ("account",)
    search_fields = ("account__name",)


class MetricDefinitionAdmin(AuditedModelAdmin):
    """What is counted: names, units and how days add up."""

    writable = True
    list_display = ("key", "name", "unit", "aggregation")
    search_fields = ("key", "name")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key",) if obj is not None else ()


tenant_admin.register(Account, AccountAdmin)
tenant_admin.register(Contact, ContactAdmin)
tenant_admin.register(Contract, ContractAdmin)
tenant_admin.register(ContractLine, ContractLineAdmin)
tenant_admin.register(RevenueMovement, RevenueMovementAdmin)
tenant_admin.register(Renewal, RenewalAdmin)
tenant_admin.register(RenewalDecision, RenewalDecisionAdmin)
tenant_admin.register(Interaction, InteractionAdmin)
tenant_admin.register(SurveyResponse, SurveyResponseAdmin)
tenant_admin.register(MetricDefinition, MetricDefinitionAdmin)
