"""The ledger: read, and a credit taken back."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from cshub.api.router import router
from cshub.api.serializers import MoneyField, StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Deed, Resource
from reports.impact import services
from reports.impact.models import LedgerEntry


class LedgerEntrySerializer(StrictModelSerializer):
    """Money credited or taken back, numbered without gaps, each entry hashed with the one before."""

    amount = MoneyField(amount="amount", currency="currency", read_only=True)

    class Meta:
        model = LedgerEntry
        fields: Any = (
            *("id", "seq", "kind", "claim", "account", "outcome", "amount", "occurred_on", "reverses", "reason"),
            *("booked_by", "recorded_at", "previous_hash", "entry_hash"),
        )
        read_only_fields = fields


class LedgerEntryViewSet(Resource):
    """Ledger entries, the newest first."""

    model = LedgerEntry
    serializer_class = LedgerEntrySerializer
    filterset_fields: ClassVar[Any] = {
        **{name: ["exact"] for name in ("account", "outcome", "claim", "kind", "seq")},
        "occurred_on": ["gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"seq": "seq", "occurred_on": "occurred_on"}
    default_sort = "-seq"


class ReversalSerializer(StrictSerializer):
    """Why a credit is taken back."""

    reason = serializers.CharField(allow_blank=True)


class Reversal(Deed):
    """Take a credit back with a second entry."""

    model = LedgerEntry
    serializer_class = ReversalSerializer
    answer_class = LedgerEntrySerializer

    def do(self, row: LedgerEntry, data: dict[str, Any]) -> LedgerEntry:
        return services.reverse(row, **data, by=self.me, as_of=self.as_of)


router.register("ledger_entries", LedgerEntryViewSet)
router.deed("ledger_entries", "reversal", Reversal)
