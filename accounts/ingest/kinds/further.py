"""Further fields of rows: values for which the tenant defined a field have to fit it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from accounts.ingest.kinds.kind import Fault
from accounts.ingest.reading import dates, numbers
from accounts.ingest.reading.fields import FURTHER, NO, YES
from accounts.ingest.reading.unreadable import Unreadable
from accounts.models import CustomField
from accounts.services.custom_fields import read_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from accounts.ingest.lines import Line


def typed_lines(subject: str, lines: Sequence[Line], *, at: int) -> tuple[Sequence[Line], list[Fault]]:
    """The lines whose further fields (JSON text at position `at`) fit the tenant's definitions, typed as those say; and faults. One query.

    Text from files is read as the field's kind. A key nobody defined stays as it came.
    """
    fields = {field.key: field for field in CustomField.objects.filter(subject=subject)}
    if not fields:
        return lines, []
    kept: list[Line] = []
    faults: list[Fault] = []
    for line in lines:
        given = json.loads(line[at] or "{}")
        try:
            typed = {key: _typed(fields, key, value) for key, value in given.items()}
        except _Misfit as misfit:
            faults.append(Fault(line[0], FURTHER + misfit.key, "does_not_fit", misfit.sentence))
        else:
            kept.append((*line[:at], json.dumps(typed), *line[at + 1 :]) if typed != given else line)
    return kept, faults


def json_of(given: Mapping[str, Any]) -> str:
    """Further fields as JSON text; most rows have none."""
    return json.dumps(given, default=jsonable) if given else "{}"


def jsonable(value: Any) -> float | int | str:
    """A further field's value as JSON keeps it: decimals as numbers, the rest as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


class _Misfit(Exception):
    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(key, sentence)
        self.key, self.sentence = key, sentence


def _typed(fields: Mapping[str, CustomField], key: str, value: Any) -> Any:
    field = fields.get(key)
    if field is None or value is None:
        return value
    try:
        return read_value(field, _from_text(field.kind, value) if isinstance(value, str) else value)
    except ValidationError as error:
        raise _Misfit(key, error.messages[0]) from error


def _from_text(kind: str, text: str) -> Any:
    """Text as the field's kind would have it, or the text itself where it does not read so."""
    try:
        if kind == CustomField.Kind.NUMBER:
            return numbers.read_number(text, decimal=numbers.decide([text]).decimal or ".")
        if kind == CustomField.Kind.DATE:
            return dates.read_date(text, order=dates.decide([text]).first) if not dates.decide([text]).example else text
    except Unreadable:
        return text
    if kind == CustomField.Kind.YES_NO and (word := text.casefold()) in YES | NO:
        return word in YES
    return text
