"""Tasks: listed, made, handed over, done, snoozed."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Changed, Created, Deed, Resource
from playbooks import services
from playbooks.api.problems import as_invalid
from playbooks.models import Task
from playbooks.services.tasks import MAX_MINUTES


class TaskSerializer(StrictModelSerializer):
    """One thing for a person to do. PATCH hands it over; it is done, snoozed or called off by its own routes."""

    class Meta:
        model = Task
        fields = (
            *(
                "id",
                "account",
                "run",
                "step",
                "title",
                "instructions",
                "mode",
                "owner",
                "state",
                "due_on",
                "snoozed_until",
            ),
            *(
                "expected_minutes",
                "result",
                "minutes",
                "note",
                "completed_at",
                "completed_by",
                "interaction",
                "created_at",
            ),
        )
        read_only_fields: Any = (
            *("id", "run", "step", "state", "snoozed_until", "result", "minutes", "note", "completed_at"),
            *("completed_by", "interaction", "created_at"),
        )
        extra_kwargs = {"mode": {"required": False}, "owner": {"required": False, "allow_null": False}}


class TaskPatchSerializer(TaskSerializer):
    """Only the owner can be changed here."""

    class Meta(TaskSerializer.Meta):
        read_only_fields: Any = tuple(name for name in TaskSerializer.Meta.fields if name != "owner")
        extra_kwargs = {"owner": {"required": True, "allow_null": False}}


class TaskViewSet(Created, Changed, Resource):
    """Tasks, the earliest due first."""

    model = Task
    serializer_class = TaskSerializer
    filterset_fields = {
        **{name: ["exact"] for name in ("account", "owner", "mode", "run")},
        "state": ["exact", "in"],
        "due_on": ["gte", "lte"],
    }
    sort_fields = {"due_on": "due_on", "created_at": "created_at"}
    default_sort = "due_on"

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return TaskPatchSerializer if self.request and self.request.method == "PATCH" else TaskSerializer

    def create_row(self, data: dict[str, Any]) -> Task:
        with as_invalid():
            return services.create_task(**data, by=self.me, as_of=self.as_of)

    def change_row(self, row: Task, data: dict[str, Any]) -> Task:
        if not data:
            return row
        with as_invalid():
            return services.reassign(row, **data, by=self.me, as_of=self.as_of)


class CompletionSerializer(StrictSerializer):
    """How long it took and what came of it."""

    minutes = serializers.IntegerField(min_value=0, max_value=MAX_MINUTES)
    result = serializers.ChoiceField(Task.Result.choices)
    note = serializers.CharField(default="", allow_blank=True)
    channel = serializers.CharField(default="task")


class Completion(Deed):
    """Done."""

    model = Task
    serializer_class = CompletionSerializer
    answer_class = TaskSerializer

    def do(self, row: Task, data: dict[str, Any]) -> Task:
        with as_invalid():
            return services.complete(row, **data, by=self.me, as_of=self.as_of)


class SnoozeSerializer(StrictSerializer):
    """When it comes back."""

    until = serializers.DateTimeField()


class Snooze(Deed):
    """Out of the inbox for a while."""

    model = Task
    serializer_class = SnoozeSerializer
    answer_class = TaskSerializer

    def do(self, row: Task, data: dict[str, Any]) -> Task:
        with as_invalid():
            return services.snooze(row, **data, by=self.me, as_of=self.as_of)


router.register("tasks", TaskViewSet)
router.deed("tasks", "completion", Completion)
router.deed("tasks", "snooze", Snooze)
