"""What a change of a contract would move, over REST: the same body as the change itself, and nothing is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api.commerce import ContractSerializer, LineChangeInput, NoticeInput, said_of_line
from accounts.models import Contract
from cshub.api.router import router
from cshub.api.serializers import MoneyField
from cshub.api.viewsets import Kit


class MovedEndSerializer(serializers.Serializer[Any]):
    """A contract that would end on another day; null: open-ended. `worth`: what its lines come to over the days in between."""

    contract = serializers.CharField(source="external_id", help_text="External ID of the contract.")
    before = serializers.DateField(allow_null=True)
    after = serializers.DateField(allow_null=True)
    days = serializers.IntegerField(allow_null=True)
    worth = MoneyField(amount="worth", currency="currency", read_only=True, allow_null=True)


class MovedRenewalSerializer(serializers.Serializer[Any]):
    """A renewal that would fall due on another day or for another amount; null before: it would come to be; null after: it would go."""

    contract = serializers.CharField(source="external_id", help_text="External ID of the contract.")
    before = serializers.DateField(allow_null=True)
    after = serializers.DateField(allow_null=True)
    arr_before = MoneyField(amount="arr_before", currency="currency", read_only=True, allow_null=True)
    arr_after = MoneyField(amount="arr_after", currency="currency", read_only=True, allow_null=True)
    decision = serializers.CharField(help_text="How it would be decided; empty: it stays open.")


class ComingMovementSerializer(serializers.Serializer[Any]):
    """A movement of revenue that would be booked."""

    kind = serializers.CharField()
    line = serializers.CharField(source="external_id", help_text="External ID of the line.")
    occurred_on = serializers.DateField()
    amount = MoneyField(amount="amount", currency="currency", read_only=True)


class ComingPriceSerializer(serializers.Serializer[Any]):
    """What a line would be worth a year from the next anniversary on, where the escalator or the end moved."""

    line = serializers.CharField(source="external_id", help_text="External ID of the line.")
    occurred_on = serializers.DateField()
    before = MoneyField(amount="before", currency="currency", read_only=True)
    after = MoneyField(amount="after", currency="currency", read_only=True)


class ForeseenSerializer(serializers.Serializer[Any]):
    """Everything that would differ at the account; empty lists: nothing moves."""

    movements = ComingMovementSerializer(many=True)
    ends = MovedEndSerializer(many=True)
    renewals = MovedRenewalSerializer(many=True)
    prices = ComingPriceSerializer(many=True)


class Foresight(Kit):
    """A body about a contract that is tried and taken back."""

    model = Contract

    def deed(self, contract: Contract, data: dict[str, Any], as_of: datetime) -> object:
        """Call the verb that the change itself calls."""
        raise NotImplementedError

    @extend_schema(responses=ForeseenSerializer)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say what it would move. What the change would refuse is refused here with the same words; nothing is kept."""
        contract = self.get_object()
        data = self.said(contract)
        shown = services.foresee(contract, lambda: self.deed(contract, data, self.as_of), as_of=self.as_of)
        return Response(ForeseenSerializer(shown).data)

    def said(self, contract: Contract) -> dict[str, Any]:
        """The checked body."""
        return self.checked(self.request)


class TermsPreviewView(Foresight):
    """What a PATCH of the contract would move."""

    serializer_class = ContractSerializer

    def said(self, contract: Contract) -> dict[str, Any]:
        serializer = self.get_serializer(contract, data=self.request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def deed(self, contract: Contract, data: dict[str, Any], as_of: datetime) -> object:
        return services.agree_terms(contract, by=self.me, as_of=as_of, **data)

    @extend_schema(
        operation_id="contracts_preview", request=ContractSerializer(partial=True), responses=ForeseenSerializer
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say what a PATCH with this body would move: an escalator, an end, an end together with another contract. Nothing is kept."""
        return super().post(request, *args, **kwargs)


class NoticePreviewView(Foresight):
    """What a notice would move."""

    serializer_class = NoticeInput

    def deed(self, contract: Contract, data: dict[str, Any], as_of: datetime) -> object:
        return services.give_notice(contract, **data, by=self.me, as_of=as_of)


class LineChangePreviewView(Foresight):
    """What a change of a line would move."""

    serializer_class = LineChangeInput

    def deed(self, contract: Contract, data: dict[str, Any], as_of: datetime) -> object:
        line, change = said_of_line(contract, data)
        return services.change_line(line, change, by=self.me, as_of=as_of)


router.deed("contracts", "preview", TermsPreviewView)
router.add("contracts/<uuid:pk>/notice/preview/", NoticePreviewView, name="contracts-notice_preview")
router.add("contracts/<uuid:pk>/line_changes/preview/", LineChangePreviewView, name="contracts-line_change_preview")
