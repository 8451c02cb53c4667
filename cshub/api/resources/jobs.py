"""Background jobs: how far they are, and what came out."""

from typing import Any

from rest_framework import serializers

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Resource
from cshub.work.models import Job


class JobSerializer(StrictModelSerializer):
    """A job somebody waits for."""

    percent = serializers.IntegerField(read_only=True, allow_null=True)
    remaining_seconds = serializers.IntegerField(read_only=True, allow_null=True)
    result = serializers.JSONField(read_only=True, allow_null=True)

    class Meta:
        model = Job
        fields: Any = (
            *(
                "id",
                "kind",
                "title",
                "state",
                "percent",
                "done_count",
                "total_count",
                "remaining_seconds",
                "message",
                "result",
                "error",
            ),
            *("created_by", "created_at", "started_at", "finished_at", "heartbeat_at"),
        )
        read_only_fields = fields


class JobViewSet(Resource):
    """Background jobs, the newest first."""

    model = Job
    serializer_class = JobSerializer
    filterset_fields = {"kind": ["exact"], "state": ["exact", "in"], "created_at": ["gte", "lte"]}
    sort_fields = {"created_at": "created_at", "finished_at": "finished_at"}
    default_sort = "-created_at"


router.register("jobs", JobViewSet)
