"""Keeps the tenant's own fields: which there are, and whether a value fits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Contract, CustomField
from accounts.services.refusals import UnusableField
from accounts.sql import custom_fields as statements
from cshub.audit import services as audit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from cshub.users.models import User

LONGEST_TEXT: Final = 2_000
LONGEST_KEY: Final = 60
LONGEST_CHOICE: Final = 200
MOST_FIELDS: Final = 200  # of one subject; also of values without a definition
MOST_CHOICES: Final = 200
_Kind = CustomField.Kind


def check_attributes(
    subject: str, given: Mapping[str, Any], *, present: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The further fields of a row after `given` is applied to `present`: a value sets, None deletes, what is not named stays.

    Values are checked against the tenant's definitions (subject: account, contact or contract); a key without one may hold a text, a
    number or yes/no. Decimals become numbers, dates ISO text. Raises ValidationError at `attributes` naming key, value and remedy. One query.
    """
    fields = {field.key: field for field in CustomField.objects.filter(subject=subject)} if given else {}
    kept, problems = dict(present or {}), []
    for key, value in given.items():
        if value is None:
            kept.pop(key, None)
            continue
        try:
            kept[key] = read_value(fields[key], value) if key in fields else _free(key, value)
        except ValidationError as error:
            problems += error.messages
    if len(kept) > MOST_FIELDS:
        problems.append(str(_("Keep at most %(most)s further fields.") % {"most": MOST_FIELDS}))
    if problems:
        raise ValidationError({"attributes": problems})
    return kept


def read_value(field: CustomField, value: Any) -> Any:
    """The value as it is kept under this field. Raises ValidationError with one sentence."""
    words = {"label": field.label, "value": str(value)[:80]}
    if field.archived_at is not None:
        raise ValidationError(
            _("The field “%(label)s” is archived. Leave it out, or bring the field back in the settings.") % words
        )
    kept = _READERS[field.kind](value)
    if kept is None:
        raise ValidationError(_REMEDIES[field.kind] % words)
    if field.kind == _Kind.CHOICE and kept not in field.choices:
        words["choices"] = ", ".join(field.choices)
        raise ValidationError(_("%(label)s: “%(value)s” is not on its list. Choose one of: %(choices)s.") % words)
    return kept


@transaction.atomic
def create_custom_field(
    *, subject: str, key: str, label: str, kind: str, choices: Sequence[str] = (), by: User | None, as_of: datetime
) -> CustomField:
    """Give accounts, contacts or contracts a field of the tenant's own. Values that are there under the key already have to fit.

    Raises UnusableField or ValidationError by field.
    """
    field = CustomField(
        subject=subject, key=key.strip(), label=label.strip(), kind=kind, choices=_choices(kind, choices), recorded_at=as_of, updated_at=as_of
    )  # fmt: skip
    field.clean_fields(exclude={"key"})
    _check_key(field)
    _check_present(field)
    field.save(force_insert=True)
    audit.record("custom_field.created", target=field, by=by, at=as_of, after=_snapshot(field))
    return field


@transaction.atomic
def revise_custom_field(
    field: CustomField, *, label: str, choices: Sequence[str] = (), by: User | None, as_of: datetime
) -> CustomField:
    """Change a field's label or list; the kind and the key stay. A change is a new version. Raises UnusableField or ValidationError."""
    locked: CustomField = CustomField.objects.select_for_update().get(pk=field.pk)
    before = _snapshot(locked)
    locked.label, locked.choices = label.strip(), _choices(locked.kind, choices)
    locked.clean_fields(exclude={"key"})
    if _snapshot(locked) == before:
        return locked
    _check_present(locked)
    locked.version, locked.updated_at = locked.version + 1, as_of
    locked.save(update_fields=["label", "choices", "version", "updated_at"])
    audit.record("custom_field.revised", target=locked, by=by, at=as_of, before=before, after=_snapshot(locked))
    return locked


@transaction.atomic
def archive_custom_field(
    field: CustomField, *, is_archived: bool = True, by: User | None, as_of: datetime
) -> CustomField:
    """Take a field out of forms and filters, or bring it back. Values stay where they are."""
    locked: CustomField = CustomField.objects.select_for_update().get(pk=field.pk)
    if (locked.archived_at is not None) == is_archived:
        return locked
    locked.archived_at, locked.updated_at = (as_of if is_archived else None), as_of
    locked.save(update_fields=["archived_at", "updated_at"])
    verb = "custom_field.archived" if is_archived else "custom_field.brought_back"
    audit.record(verb, target=locked, by=by, at=as_of, after=_snapshot(locked))
    return locked


@transaction.atomic
def fill_contract(contract: Contract, *, attributes: Mapping[str, Any], by: User | None, as_of: datetime) -> Contract:
    """Set further fields of a contract; null deletes one, what is not named stays. Raises ValidationError at `attributes`."""
    locked: Contract = Contract.objects.select_for_update().get(pk=contract.pk)
    kept = check_attributes("contract", attributes, present=locked.attributes)
    if kept == locked.attributes:
        return locked
    before, locked.attributes, locked.updated_at = locked.attributes, kept, as_of
    locked.save(update_fields=["attributes", "updated_at"])
    audit.record(
        "contract.filled", target=locked, by=by, at=as_of, before={"attributes": before}, after={"attributes": kept}
    )
    return locked


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value and len(value) <= LONGEST_TEXT and "\x00" not in value else None


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    exact = Decimal(str(value))
    if not exact.is_finite() or abs(exact) >= 10**15:
        return None
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _date(value: Any) -> str | None:
    if isinstance(value, date):
        return value.isoformat()[:10]
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _yes_no(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    _Kind.TEXT: _text,
    _Kind.NUMBER: _number,
    _Kind.DATE: _date,
    _Kind.YES_NO: _yes_no,
    _Kind.CHOICE: _text,
}
_REMEDIES: Final[dict[str, Any]] = {
    _Kind.TEXT: _("%(label)s: “%(value)s” is no text of 1 to 2,000 characters. Shorten it, or give null to delete it."),
    _Kind.NUMBER: _("%(label)s: “%(value)s” is not a number. Give one without quotation marks, such as 12.5."),
    _Kind.DATE: _("%(label)s: “%(value)s” is not a day. Write it as 2027-01-31."),
    _Kind.YES_NO: _("%(label)s: “%(value)s” is neither true nor false. Give one of the two, without quotation marks."),
    _Kind.CHOICE: _("%(label)s: “%(value)s” is not a text. Choose one of the field's list."),
}


def _free(key: str, value: Any) -> Any:
    """A value nobody defined a field for: a short scalar."""
    if not isinstance(key, str) or not 0 < len(key) <= 80 or "\x00" in key:
        raise ValidationError(_("A further field's name has 1 to 80 characters."))
    read = _text(value) if value and isinstance(value, str) else value
    number = _number(value)
    if isinstance(read, bool | str):
        return read
    if number is None:
        raise ValidationError(
            _("%(key)s: write a text of at most 2,000 characters, a number, true or false.") % {"key": key}
        )
    return number


def _choices(kind: str, choices: Sequence[str]) -> list[str]:
    kept = list(dict.fromkeys(each.strip() for each in choices if each.strip()))
    if kind != _Kind.CHOICE:
        return []
    if not kept:
        raise UnusableField(_("A list needs something to choose. Write one entry a line."), field="choices")
    if len(kept) > MOST_CHOICES or any(len(each) > LONGEST_CHOICE for each in kept):
        words = {"most": MOST_CHOICES, "longest": LONGEST_CHOICE}
        raise UnusableField(
            _("A list has at most %(most)s entries of at most %(longest)s characters.") % words, field="choices"
        )
    return kept


def _check_key(field: CustomField) -> None:
    if not 0 < len(field.key) <= LONGEST_KEY or not field.key.isprintable():
        raise UnusableField(_("A key has 1 to 60 characters without line breaks."), field="key")
    same = CustomField.objects.filter(subject=field.subject)
    if same.filter(key=field.key).exists():
        raise UnusableField(
            _("There is a field with the key “%(key)s” already. Change that one, or choose another key.")
            % {"key": field.key},
            field="key",
        )
    if same.count() >= MOST_FIELDS:
        raise UnusableField(_("Keep at most %(most)s further fields.") % {"most": MOST_FIELDS}, field="key")


def _check_present(field: CustomField) -> None:
    """What rows hold under the key already has to fit, or the field would promise what is not so."""
    count, example = statements.misfits(field.subject, field.key, field.kind, field.choices)
    if not count:
        return
    words = {"count": count, "example": example[:80], "key": field.key, "kind": field.get_kind_display()}
    if field.kind == _Kind.CHOICE:
        problem = ngettext(
            "%(count)s row holds “%(example)s” under “%(key)s”, which is not on the list. Keep it on the list, or correct the row.",
            "%(count)s rows hold what is not on the list under “%(key)s”, such as “%(example)s”. Keep it on the list, or correct the rows.",
            count,
        )
    else:
        problem = ngettext(
            "%(count)s row holds something else under “%(key)s”: “%(example)s”. Correct it, or choose another kind than “%(kind)s”.",
            "%(count)s rows hold something else under “%(key)s”, such as “%(example)s”. Correct them, or choose another kind than “%(kind)s”.",
            count,
        )
    raise UnusableField(problem % words, field="choices" if field.kind == _Kind.CHOICE else "kind")


def _snapshot(field: CustomField) -> dict[str, Any]:
    names = ("subject", "key", "label", "kind", "choices", "version")
    return {name: getattr(field, name) for name in names} | {"is_archived": field.archived_at is not None}
