"""Outcomes, claims over them, and what shows the claims."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from cshub.api.router import router
from cshub.api.serializers import MoneyField, StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Created, Deed, Resource
from reports.impact import services
from reports.impact.evidence import CITABLE, NotEvidence
from reports.impact.models import Claim, Evidence, Outcome, Review


class OutcomeSerializer(StrictModelSerializer):
    """What happened to an account's revenue, and how much of it is credited."""

    amount = MoneyField(amount="amount", currency="currency", read_only=True)
    credited = serializers.DecimalField(
        source="balance.credited",
        max_digits=18,
        decimal_places=2,
        read_only=True,
        help_text="In the currency of the amount.",
    )

    class Meta:
        model = Outcome
        fields: Any = (
            "id",
            "account",
            "kind",
            "renewal",
            "movement",
            "amount",
            "credited",
            "occurred_on",
            "recorded_at",
        )
        read_only_fields = fields


class OutcomeViewSet(Resource):
    """Outcomes, the latest first."""

    model = Outcome
    serializer_class = OutcomeSerializer
    related = ("balance",)
    filterset_fields: ClassVar[Any] = {
        **{name: ["exact"] for name in ("account", "renewal", "movement")},
        "kind": ["exact", "in"],
        "occurred_on": ["gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"occurred_on": "occurred_on"}
    default_sort = "-occurred_on"


class ClaimSerializer(StrictModelSerializer):
    """We contributed so much to that. A draft until it is submitted; somebody else reviews it."""

    amount = MoneyField(amount="amount", currency="currency")
    outcome = serializers.PrimaryKeyRelatedField(queryset=Outcome.objects)
    narrative = serializers.CharField(max_length=10_000)

    class Meta:
        model = Claim
        fields: Any = (
            *("id", "number", "kind", "account", "outcome", "amount", "narrative", "claimant"),
            *("state", "support", "created_at", "submitted_at"),
        )
        read_only_fields: Any = (
            *("id", "number", "account", "claimant", "state", "support", "created_at", "submitted_at"),
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["currency"] != attrs["outcome"].currency:
            expected = attrs["outcome"].currency
            raise serializers.ValidationError(
                {"amount": {"currency": [f"The outcome is in {expected}. Claim in {expected} too."]}}
            )
        return attrs


class ClaimViewSet(Created, Resource):
    """Claims, the newest first. Posting one drafts it."""

    model = Claim
    serializer_class = ClaimSerializer
    filterset_fields: ClassVar[Any] = {
        **{name: ["exact"] for name in ("account", "outcome", "claimant", "number")},
        **{name: ["exact", "in"] for name in ("state", "kind", "support")},
    }
    sort_fields: ClassVar[dict[str, str]] = {"number": "number", "created_at": "created_at", "amount": "amount"}
    default_sort = "-number"

    def create_row(self, data: dict[str, Any]) -> Claim:
        del data["currency"]
        return services.claim(**data, by=self.me, as_of=self.as_of)


class NothingSerializer(StrictSerializer):
    """An empty body."""


class Submission(Deed):
    """Ask for a review."""

    model = Claim
    serializer_class = NothingSerializer
    answer_class = ClaimSerializer

    def do(self, row: Claim, data: dict[str, Any]) -> Claim:
        return services.submit_claim(row, by=self.me, as_of=self.as_of)


class Withdrawal(Deed):
    """Take back one's own draft."""

    model = Claim
    serializer_class = NothingSerializer
    answer_class = ClaimSerializer

    def do(self, row: Claim, data: dict[str, Any]) -> Claim:
        return services.withdraw(row, by=self.me, as_of=self.as_of)


class JudgmentSerializer(StrictSerializer):
    """Accepted or rejected; a rejection says why."""

    decision = serializers.ChoiceField(Review.Decision.choices)
    note = serializers.CharField(default="", allow_blank=True)


class ReviewSerializer(StrictModelSerializer):
    """Who decided what about a claim."""

    class Meta:
        model = Review
        fields: Any = ("id", "claim", "claimant", "reviewer", "decision", "note", "decided_at")
        read_only_fields = fields


class ReviewDeed(Deed):
    """Judge somebody else's claim; accepting books the credit."""

    model = Claim
    serializer_class = JudgmentSerializer
    answer_class = ReviewSerializer

    def do(self, row: Claim, data: dict[str, Any]) -> Review:
        return services.review(row, **data, by=self.me, as_of=self.as_of)


class EvidenceSerializer(StrictModelSerializer):
    """A record as it was when it was cited, with the SHA-256 of its content."""

    claim = serializers.PrimaryKeyRelatedField(queryset=Claim.objects)
    object_type = serializers.ChoiceField(sorted(CITABLE))
    object_id = serializers.UUIDField()

    class Meta:
        model = Evidence
        fields: Any = (
            *("id", "claim", "object_type", "object_id", "confirms"),
            *("label", "content", "content_hash", "captured_at"),
        )
        read_only_fields: Any = ("id", "label", "content", "content_hash", "captured_at")


class EvidenceViewSet(Created, Resource):
    """Evidence. Posting cites a record: object_type and object_id name it."""

    model = Evidence
    serializer_class = EvidenceSerializer
    filterset_fields: ClassVar[Any] = {name: ["exact"] for name in ("claim", "object_type", "object_id")}
    sort_fields: ClassVar[dict[str, str]] = {"captured_at": "captured_at"}
    default_sort = "captured_at"

    def create_row(self, data: dict[str, Any]) -> Evidence:
        kind, pk = data.pop("object_type"), data.pop("object_id")
        record = CITABLE[kind]._default_manager.filter(pk=pk).first()
        if record is None:
            raise serializers.ValidationError({"object_id": [f"There is no {kind} {pk}."]})
        try:
            return services.cite(data.pop("claim"), record, **data, by=self.me, as_of=self.as_of)
        except NotEvidence as refusal:
            raise serializers.ValidationError({"object_id": [str(refusal)]}) from refusal


router.register("outcomes", OutcomeViewSet)
router.register("claims", ClaimViewSet)
router.deed("claims", "submission", Submission)
router.deed("claims", "withdrawal", Withdrawal)
router.deed("claims", "review", ReviewDeed)
router.register("evidence", EvidenceViewSet)
