"""Versions of scorecards over REST: drafted, edited, previewed, submitted, decided about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Changed, Created, Deed, Resource
from cshub.tenancy.context import on_commit
from cshub.work.models import Job
from health import tasks
from health.models import Scorecard, ScorecardDecision, ScorecardPreview, ScorecardVersion
from health.scorecards import approval, previewing, versions
from health.scorecards.checking import BadDefinition
from health.services import draft_version


class ScorecardVersionSerializer(StrictModelSerializer):
    """A formula. It cannot change once it was submitted; without `scorecard` it begins a new one, named as the definition says."""

    definition: Any = serializers.JSONField()
    scorecard: Any = serializers.PrimaryKeyRelatedField(queryset=Scorecard.objects, required=False)

    class Meta:
        model = ScorecardVersion
        fields: Any = (
            *("id", "scorecard", "number", "state", "definition", "definition_hash", "author", "preview"),
            *("created_at", "submitted_at", "activated_at", "activated_by"),
        )
        read_only_fields = tuple(name for name in fields if name not in ("scorecard", "definition"))
        validators = ()  # the verb numbers versions


class ScorecardVersionViewSet(Created, Changed, Resource):
    """Versions of all scorecards. Posting one makes a draft; PATCH changes the definition of one's own draft."""

    model = ScorecardVersion
    serializer_class = ScorecardVersionSerializer
    filterset_fields: ClassVar[Any] = {"scorecard": ["exact"], "state": ["exact", "in"], "author": ["exact"]}
    sort_fields: ClassVar[dict[str, str]] = {"created_at": "created_at", "number": "number"}
    default_sort = "-created_at"

    def create_row(self, data: dict[str, Any]) -> ScorecardVersion:
        scorecard = data.pop("scorecard", None)
        with _as_invalid():
            if scorecard is None:
                return versions.create_scorecard(**data, by=self.me, as_of=self.as_of)
            return draft_version(scorecard, **data, by=self.me, as_of=self.as_of)

    def change_row(self, row: ScorecardVersion, data: dict[str, Any]) -> ScorecardVersion:
        if "scorecard" in data:
            raise serializers.ValidationError({"scorecard": ["A version stays with its scorecard. Draft a new one."]})
        with _as_invalid():
            return versions.edit_version(row, definition=row.definition, **data, by=self.me, as_of=self.as_of)


class NothingSerializer(StrictSerializer):
    """No body."""


class PreviewSerializer(StrictModelSerializer):
    """What a version would change: flows between bands, the largest accounts that move, both formulas against decided renewals."""

    job: Any = serializers.SerializerMethodField()

    class Meta:
        model = ScorecardPreview
        fields: Any = (
            "id",
            "version",
            "definition_hash",
            "against",
            "content",
            "digest",
            "as_of",
            "computed_by",
            "job",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_job(self, row: ScorecardPreview) -> None:
        """What is computed at once has no job."""

    def to_representation(self, instance: ScorecardPreview | Job) -> dict[str, Any]:
        """Of a large book the job that computes the preview, and nothing else yet."""
        if isinstance(instance, Job):
            return {**dict.fromkeys(self.Meta.fields), "job": str(instance.pk)}
        written: dict[str, Any] = super().to_representation(instance)
        return written


class DecisionSerializer(StrictModelSerializer):
    """Who decided what about exactly which formula and preview."""

    class Meta:
        model = ScorecardDecision
        fields: Any = (
            *("id", "version", "author", "decided_by", "decision", "reason", "definition_hash", "preview"),
            "decided_at",
        )
        read_only_fields = fields


class ApprovalInputSerializer(StrictSerializer):
    """A note, and the digest of the preview that was looked at: another digest is refused."""

    note = serializers.CharField(default="", allow_blank=True)
    preview = serializers.CharField(default="", allow_blank=True)


class ReturnInputSerializer(StrictSerializer):
    """What the author should change."""

    note = serializers.CharField(allow_blank=True)


class PreviewDeed(Deed):
    """Compute what a version would change, and keep it. Nothing is scored. For a large book the answer is the job that computes it."""

    model = ScorecardVersion
    serializer_class = NothingSerializer
    answer_class = PreviewSerializer

    def do(self, row: ScorecardVersion, data: dict[str, Any]) -> ScorecardPreview | Job:
        made = previewing.order_preview(row, by=self.me, as_of=self.as_of)
        if isinstance(made, Job):
            job_id = str(made.pk)
            on_commit(lambda: tasks.follow_preview.delay(job_id=job_id))
        return made


class SubmissionDeed(Deed):
    """Ask somebody else to approve a draft."""

    model = ScorecardVersion
    serializer_class = NothingSerializer
    answer_class = ScorecardVersionSerializer

    def do(self, row: ScorecardVersion, data: dict[str, Any]) -> ScorecardVersion:
        return versions.submit(row, by=self.me, as_of=self.as_of)


class ApprovalDeed(Deed):
    """Let a version score."""

    model = ScorecardVersion
    serializer_class = ApprovalInputSerializer
    answer_class = DecisionSerializer

    def do(self, row: ScorecardVersion, data: dict[str, Any]) -> ScorecardDecision:
        return approval.approve(row, **data, by=self.me, as_of=self.as_of)


class ReturnDeed(Deed):
    """Send a version back to its author."""

    model = ScorecardVersion
    serializer_class = ReturnInputSerializer
    answer_class = DecisionSerializer

    def do(self, row: ScorecardVersion, data: dict[str, Any]) -> ScorecardDecision:
        return approval.return_to_author(row, **data, by=self.me, as_of=self.as_of)


@contextmanager
def _as_invalid() -> Iterator[None]:
    """A formula that cannot be is a wrong body (400 with its pointer), not a refusal."""
    try:
        yield
    except BadDefinition as refusal:
        detail: Any = [str(refusal)]
        for name in reversed([part for part in re.split(r"[.\[\]]+", refusal.field) if part]):
            detail = {name: detail}
        raise serializers.ValidationError({"definition": detail}) from refusal
