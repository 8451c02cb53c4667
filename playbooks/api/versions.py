"""Playbooks, their versions, the decisions about them, and whom they met."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Changed, Created, Deed, Resource
from playbooks import services
from playbooks.api.problems import as_invalid
from playbooks.models import Approval, Enrollment, Playbook, PlaybookVersion
from playbooks.services.contents import WRITABLE


class PlaybookSerializer(StrictModelSerializer):
    """A plan. What it does stands in its versions."""

    class Meta:
        model = Playbook
        fields = ("id", "name", "mode", "purpose", "created_at")
        read_only_fields = fields


class NewPlaybookSerializer(StrictSerializer):
    """A new playbook and its first draft."""

    name = serializers.CharField(max_length=200)
    mode = serializers.CharField(default="proactive")
    purpose = serializers.CharField(default="", allow_blank=True)
    trigger = serializers.CharField()
    trigger_settings = serializers.JSONField(default=dict)
    audience = serializers.JSONField(default=dict)
    steps = serializers.JSONField()
    goal = serializers.CharField(max_length=300)
    primary_outcome = serializers.CharField(default="renewal")
    horizon_days = serializers.IntegerField(default=180)
    holdout_share = serializers.DecimalField(max_digits=4, decimal_places=3, default=Decimal(0))

    def to_representation(self, instance: Any) -> Any:
        return PlaybookSerializer(instance).data


class PlaybookViewSet(Created, Resource):
    """Plans. Posting one makes its first draft too."""

    model = Playbook
    serializer_class = PlaybookSerializer
    filterset_fields = {"name": ["exact", "icontains"], "mode": ["exact"]}
    sort_fields = {"name": "name", "created_at": "created_at"}
    default_sort = "name"

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return NewPlaybookSerializer if self.request and self.request.method == "POST" else PlaybookSerializer

    def create_row(self, data: dict[str, Any]) -> Playbook:
        with as_invalid():
            return services.create_playbook(**data, by=self.me, as_of=self.as_of).playbook


class PlaybookVersionSerializer(StrictModelSerializer):
    """What a playbook says. Trigger, audience, steps, goal, horizon and holdout cannot change once it is submitted."""

    trigger_settings = serializers.JSONField(required=False)
    audience = serializers.JSONField(required=False)
    steps = serializers.JSONField(required=False)
    trigger = serializers.CharField(required=False)
    goal = serializers.CharField(required=False, max_length=300)
    primary_outcome = serializers.CharField(required=False)
    playbook = serializers.PrimaryKeyRelatedField(queryset=Playbook.objects.none())

    class Meta:
        model = PlaybookVersion
        fields = (
            *("id", "playbook", "number", "state"),
            *WRITABLE,
            *("strata", "content_hash", "author", "created_at", "submitted_at", "activated_at"),
        )
        read_only_fields = (
            *("id", "number", "state", "strata", "content_hash", "author"),
            *("created_at", "submitted_at", "activated_at"),
        )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        if self.instance is None:
            fields["playbook"] = serializers.PrimaryKeyRelatedField(queryset=Playbook.objects.all())
        else:
            fields["playbook"] = serializers.PrimaryKeyRelatedField(read_only=True)
        return fields


class PlaybookVersionViewSet(Created, Changed, Resource):
    """Versions. Posting one drafts the next, from what the newest says; PATCH edits a draft."""

    model = PlaybookVersion
    serializer_class = PlaybookVersionSerializer
    filterset_fields = {"playbook": ["exact"], "state": ["exact", "in"], "trigger": ["exact"], "author": ["exact"]}
    sort_fields = {"created_at": "created_at", "number": "number"}
    default_sort = "-created_at"

    def create_row(self, data: dict[str, Any]) -> PlaybookVersion:
        playbook = data.pop("playbook")
        with as_invalid():
            return services.draft_version(playbook, **data, by=self.me, as_of=self.as_of)

    def change_row(self, row: PlaybookVersion, data: dict[str, Any]) -> PlaybookVersion:
        with as_invalid():
            return services.edit_version(row, **data, by=self.me, as_of=self.as_of)


class NothingSerializer(StrictSerializer):
    """An empty body."""


class ApprovalInputSerializer(StrictSerializer):
    """A note, and the hash of what was looked at: another hash is refused."""

    note = serializers.CharField(default="", allow_blank=True)
    content_hash = serializers.CharField(default="", allow_blank=True)


class ReturnInputSerializer(StrictSerializer):
    """What the author should change."""

    note = serializers.CharField(allow_blank=True)


class ApprovalSerializer(StrictModelSerializer):
    """Who decided what about exactly which content."""

    class Meta:
        model = Approval
        fields = ("id", "version", "author", "decided_by", "decision", "reason", "content_hash", "decided_at")
        read_only_fields = fields


class Submission(Deed):
    """Freeze a draft and ask for approval."""

    model = PlaybookVersion
    serializer_class = NothingSerializer
    answer_class = PlaybookVersionSerializer

    def do(self, row: PlaybookVersion, data: dict[str, Any]) -> PlaybookVersion:
        return services.submit(row, by=self.me, as_of=self.as_of)


class ApprovalDeed(Deed):
    """Let a version run."""

    model = PlaybookVersion
    serializer_class = ApprovalInputSerializer
    answer_class = ApprovalSerializer

    def do(self, row: PlaybookVersion, data: dict[str, Any]) -> Approval:
        return services.approve(row, **data, by=self.me, as_of=self.as_of)


class Return(Deed):
    """Send a version back to its author."""

    model = PlaybookVersion
    serializer_class = ReturnInputSerializer
    answer_class = ApprovalSerializer

    def do(self, row: PlaybookVersion, data: dict[str, Any]) -> Approval:
        return services.return_to_author(row, **data, by=self.me, as_of=self.as_of)


class EnrollmentSerializer(StrictModelSerializer):
    """An account that met a version, and its arm."""

    class Meta:
        model = Enrollment
        fields = (
            *("id", "playbook", "version", "account", "renewal", "window_key", "eligible_at", "arm", "stratum", "draw"),
            *("arr_at_start", "facts", "recorded_at"),
        )
        read_only_fields = fields


class EnrollmentViewSet(Resource):
    """Accounts that met playbooks, the newest first."""

    model = Enrollment
    serializer_class = EnrollmentSerializer
    filterset_fields = {
        **{name: ["exact"] for name in ("playbook", "version", "account", "arm", "stratum")},
        "eligible_at": ["gte", "lte"],
    }
    sort_fields = {"eligible_at": "eligible_at", "id": "id"}
    default_sort = "-eligible_at"


router.register("playbooks", PlaybookViewSet)
router.register("playbook_versions", PlaybookVersionViewSet)
router.deed("playbook_versions", "submission", Submission)
router.deed("playbook_versions", "approval", ApprovalDeed)
router.deed("playbook_versions", "return", Return)
router.register("enrollments", EnrollmentViewSet)
