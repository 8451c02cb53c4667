"""What this tenant can ask about: the fields of the product, those it added, the metrics it counts, its segments."""

from __future__ import annotations

from accounts.models import CustomField, MetricDefinition
from health.segments.engine.fields import BUILT_IN, CUSTOM, Catalog, Field, Kind
from health.segments.models import Segment

KINDS: dict[str, Kind] = {"text": "text", "number": "number", "date": "date", "yes_no": "yes_no", "choice": "choice"}


def catalog() -> Catalog:
    """The catalog of the active tenant. Three queries."""
    fields, retired = dict(BUILT_IN), set()
    for custom in CustomField.objects.filter(subject=CustomField.Subject.ACCOUNT):
        if custom.archived_at is not None:
            retired.add(custom.key)
            continue
        key = CUSTOM + custom.key
        choices = tuple(str(choice) for choice in custom.choices) if custom.kind == "choice" else ()
        fields[key] = Field(key, KINDS[custom.kind], choices)
    segments = list(
        Segment.objects.in_use()
        .filter(current__isnull=False)
        .values_list("pk", "name", "current__definition")
        .order_by("pk")
    )
    return Catalog(
        fields=fields,
        metrics=frozenset(MetricDefinition.objects.values_list("key", flat=True)),
        segments={str(pk): definition for pk, _name, definition in segments},
        names={str(pk): name for pk, name, _definition in segments},
        retired=frozenset(retired),
    )
