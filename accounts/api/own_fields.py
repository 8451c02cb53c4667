"""Says in the OpenAPI document which further fields this tenant's accounts, contacts and contracts have, with their types."""

from __future__ import annotations

import re
from typing import Any

from accounts.models import CustomField
from accounts.services.custom_fields import LONGEST_TEXT

COMPONENT = re.compile(r"(?:Patched)?(Account|Contact|Contract)(?:s(?:Row|Body)|FieldsInput|FieldsAnswer)?(?:Request)?")
_Kind = CustomField.Kind
TYPES: dict[str, dict[str, Any]] = {
    _Kind.TEXT: {"type": ["string", "null"], "maxLength": LONGEST_TEXT},
    _Kind.NUMBER: {"type": ["number", "null"]},
    _Kind.DATE: {"type": ["string", "null"], "format": "date"},
    _Kind.YES_NO: {"type": ["boolean", "null"]},
    _Kind.CHOICE: {"type": ["string", "null"]},
}


def describe_own_fields(result: dict[str, Any], request: Any, **_rest: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: `attributes` gets the tenant's fields as properties. Without a request there is no tenant to ask. One query."""
    if request is None:
        return result
    properties: dict[str, dict[str, Any]] = {}
    for field in CustomField.objects.filter(archived_at__isnull=True):
        properties.setdefault(field.subject, {})[field.key] = _property(field)
    for name, component in result["components"]["schemas"].items():
        of = COMPONENT.fullmatch(name)
        held = component.get("properties", {}).get("attributes") if of else None
        if of and held and of[1].lower() in properties:
            held["properties"] = properties[of[1].lower()]
    return result


def _property(field: CustomField) -> dict[str, Any]:
    described = {"title": field.label, **TYPES[field.kind]}
    return described | {"enum": [*field.choices, None]} if field.kind == _Kind.CHOICE else described
