"""Makes a field of the tenant's own for each further column that came in, so that it can be shown, filtered and checked from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import FURTHER
from accounts.ingest.services import matching
from accounts.models import CustomField
from accounts.services import create_custom_field
from cshub.kernel.refusal import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.ingest.models import ImportBatch
    from cshub.users.models import User

_Subject, _Kind = CustomField.Subject, CustomField.Kind
SUBJECTS = {"accounts": _Subject.ACCOUNT, "contacts": _Subject.CONTACT, "contracts": _Subject.CONTRACT}
_KINDS = {fields.NUMBER: _Kind.NUMBER, fields.YES_NO: _Kind.YES_NO}


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
