"""Further columns and the tenant's own fields: a column of a field's name goes to it; one that nobody defined becomes a field when it came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import FURTHER, plain_name
from accounts.ingest.reading.readers import Column
from accounts.ingest.services import matching
from accounts.models import CustomField
from accounts.services import create_custom_field
from cshub.kernel.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from accounts.ingest.models import ImportBatch
    from cshub.users.models import User

_Subject, _Kind = CustomField.Subject, CustomField.Kind
SUBJECTS = {"accounts": _Subject.ACCOUNT, "contacts": _Subject.CONTACT, "contracts": _Subject.CONTRACT}
_KINDS = {fields.NUMBER: _Kind.NUMBER, fields.YES_NO: _Kind.YES_NO}
READINGS: Mapping[str, str] = {kind: reading for reading, kind in _KINDS.items()}


def own_columns(kind: str, header: Sequence[str], matched: Sequence[Column]) -> list[Column]:
    """Columns of a file, not matched yet, that bear the label or key of a field of the tenant's own, as they go there. At most one query."""
    if kind not in SUBJECTS:
        return []
    named: dict[str, CustomField] = {}
    for field in CustomField.objects.filter(subject=SUBJECTS[kind], archived_at__isnull=True):
        for name in (field.key, f"{FURTHER}{field.key}", field.label):
            named.setdefault(plain_name(name), field)
    taken, columns = {column.name for column in matched}, {}
    for name in header:
        own = named.get(plain_name(name))
        if own is not None and name not in taken and own.key not in columns:
            columns[own.key] = Column(f"{FURTHER}{own.key}", name, reading=READINGS.get(own.kind, fields.TEXT))
    return list(columns.values())


def define_further_fields(batch: ImportBatch, *, by: User | None, as_of: datetime) -> list[str]:
    """The keys that were defined. A column whose key is defined stays as it is; one whose earlier values do not fit stays without a definition."""
    if batch.kind not in SUBJECTS:
        return []
    subject = SUBJECTS[batch.kind]
    known = set(CustomField.objects.filter(subject=subject).values_list("key", flat=True))
    defined = []
    for column in matching.taken_out(batch.columns):
        key = column.field.removeprefix(FURTHER)
        if column.field.startswith(FURTHER) and key not in known:
            kind = _KINDS.get(column.reading or "", _Kind.TEXT)
            try:
                create_custom_field(
                    subject=subject, key=key, label=(column.name or key)[:200], kind=kind, by=by, as_of=as_of
                )
            except (Refused, ValidationError):
                continue
            defined.append(key)
    return defined
