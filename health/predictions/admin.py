"""Models, back-tests and probabilities in the admin site: to be looked at; nobody edits what was learned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from cshub.users.admin_site import AuditedModelAdmin, tenant_admin
from health.predictions.models import AccountPrediction, Backtest, PredictionModel

if TYPE_CHECKING:
    from django.utils.safestring import SafeString


@admin.register(PredictionModel, site=tenant_admin)
class PredictionModelAdmin(AuditedModelAdmin):
    """Versions with their cards."""

    list_display = ("__str__", "state", "horizon_days", "first_snapshot_on", "last_snapshot_on", "as_of", "retired_at")
    list_filter = ("state",)
    fields = (
        *("number", "state", "horizon_days", "features", "first_snapshot_on", "last_snapshot_on"),
        *("as_of", "retired_at", "digest", "model_card"),
    )
    readonly_fields = fields

    @admin.display(description=_("model card"))
    def model_card(self, model: PredictionModel) -> SafeString:
        """The whole card."""
        return format_html("<pre>{}</pre>", json.dumps(model.card, indent=2, ensure_ascii=False))


@admin.register(Backtest, site=tenant_admin)
class BacktestAdmin(AuditedModelAdmin):
    """What was checked and what came of it."""

    list_display = ("as_of", "decision", "model", "horizon_days", "snapshot_count")
    list_filter = ("decision",)
    list_select_related = ("model",)
    fields = ("as_of", "horizon_days", "snapshot_count", "decision", "model", "reasons", "comparison", "bands", "warning", "prediction")  # fmt: skip
    readonly_fields = fields


@admin.register(AccountPrediction, site=tenant_admin)
class AccountPredictionAdmin(AuditedModelAdmin):
    """Present probabilities."""

    list_display = ("account", "probability", "low", "high", "model", "predicted_at")
    list_select_related = ("account", "model")
    search_fields = ("account__name", "account__external_id")
    fields = ("account", "model", "probability", "low", "high", "predicted_at")
    readonly_fields = fields
