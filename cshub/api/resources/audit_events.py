"""The audit trail, to be read."""

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Resource
from cshub.audit.models import AuditEvent


class AuditEventSerializer(StrictModelSerializer):
    """One deed, and the hashes that chain it to the one before."""

    class Meta:
        model = AuditEvent
        fields = (
            *("id", "seq", "at", "actor_id", "actor_label", "verb", "object_type", "object_id", "object_label"),
            *("before", "after", "previous_hash", "hash"),
        )
        read_only_fields = fields


class AuditEventViewSet(Resource):
    """Deeds, the newest first."""

    model = AuditEvent
    serializer_class = AuditEventSerializer
    filterset_fields = {
        **{name: ["exact"] for name in ("verb", "actor_id", "object_type", "object_id")},
        **{name: ["gte", "lte"] for name in ("seq", "at")},
    }
    sort_fields = {"seq": "seq", "at": "at"}
    default_sort = "-seq"


router.register("audit_events", AuditEventViewSet)
