"""Records the people at an account: who they are, the part they play and when it changed, what they allow, when they want to be called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Consent, Contact, ContactWindow, RoleChange
from accounts.services.changed import note_changed
from accounts.services.custom_fields import check_attributes
from accounts.services.merging import refuse_merged
from accounts.services.refusals import ExternalIdTaken, UnusableAmount
from cshub.audit import services as audit
from cshub.l10n import formats

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, time

    from accounts.models import Account
    from cshub.users.models import User

CONTACT_FIELDS = frozenset(
    {
        "external_id", "name", "email", "phone", "title", "role", "language", "timezone", "joined_on", "left_on", "attributes",
    }
)  # fmt: skip
MOST_WINDOWS = 21  # three a day


@transaction.atomic
def record_contact(*, account: Account, name: str, by: User | None, as_of: datetime, **fields: Any) -> Contact:
    """Add a person at an account. `fields` are those of CONTACT_FIELDS. The first role stands in the history of roles.

    Raises UnknownAccount for an account that was merged away, ExternalIdTaken, or ValidationError by field.
    """
    refuse_merged(account)
    if "attributes" in fields:
        fields["attributes"] = check_attributes("contact", fields["attributes"])
    contact = Contact(account=account, name=name, recorded_at=as_of, **_known(fields))
    _check(contact, as_of=as_of)
    contact.save(force_insert=True)
    began = contact.joined_on if contact.joined_on and contact.joined_on < as_of.date() else as_of.date()
    _note_role(contact, "", contact.role, on=began, by=by, as_of=as_of)
    if contact.left_on is not None:
        _note_role(contact, contact.role, "", on=contact.left_on, by=by, as_of=as_of)
    audit.record("contact.recorded", target=contact, by=by, at=as_of, after=audit.snapshot(contact, ["name", *fields]))
    note_changed([account.pk])
    return contact


@transaction.atomic
def revise_contact(contact: Contact, *, by: User | None, as_of: datetime, **changes: Any) -> Contact:
    """Change fields of CONTACT_FIELDS; nothing is written where nothing differs. A new role, and leaving, become rows of the history.

    Raises ExternalIdTaken, or ValidationError by field.
    """
    locked: Contact = Contact.objects.select_for_update().select_related("account").get(pk=contact.pk)
    if "attributes" in changes:
        changes["attributes"] = check_attributes("contact", changes["attributes"], present=locked.attributes)
    differing = {name: value for name, value in _known(changes).items() if getattr(locked, name) != value}
    if not differing:
        return locked
    before, role, left_on = audit.snapshot(locked, differing), locked.role, locked.left_on
    for name, value in differing.items():
        setattr(locked, name, value)
    _check(locked, as_of=as_of)
    locked.save(update_fields=list(differing))
    _note_roles(locked, role, left_on, by=by, as_of=as_of)
    audit.record(
        "contact.revised", target=locked, by=by, at=as_of, before=before, after=audit.snapshot(locked, differing)
    )
    note_changed([locked.account_id])
    return locked


@transaction.atomic
def mark_left(contact: Contact, *, left_on: date, by: User | None, as_of: datetime) -> Contact:
    """The person is gone since that day: a fact with a date, which the history of roles keeps. Raises ValidationError by field."""
    return revise_contact(contact, left_on=left_on, by=by, as_of=as_of)


@transaction.atomic
def record_consent(
    contact: Contact,
    *,
    channel: str,
    state: str,
    source: str = "",
    occurred_at: datetime | None = None,
    by: User | None,
    as_of: datetime,
) -> Consent:
    """Write down that the person allowed a channel, or took that back. Rows are never changed: the latest of a channel counts.

    Raises ValidationError by field.
    """
    consent = Consent(
        contact=contact, channel=channel, state=state, source=source, occurred_at=occurred_at or as_of, changed_by=by, recorded_at=as_of
    )  # fmt: skip
    consent.clean_fields(exclude={"contact", "changed_by"})
    if consent.occurred_at > as_of:
        raise ValidationError({"occurred_at": _("This lies in the future. Write down what has happened.")})
    consent.save(force_insert=True)
    after = audit.snapshot(consent, ["channel", "state", "source", "occurred_at"])
    audit.record("contact.consent_recorded", target=contact, by=by, at=as_of, after=after)
    return consent


@transaction.atomic
def set_windows(
    contact: Contact, *, windows: Sequence[tuple[int, time, time]], by: User | None, as_of: datetime
) -> list[ContactWindow]:
    """Replace the hours the person declared: (weekday, from, to) in the person's own time zone, 0 is Monday. Learned hours stay.

    Raises UnusableAmount naming the first window that cannot be.
    """
    _check_windows(windows)
    declared = ContactWindow.objects.filter(contact=contact, origin=ContactWindow.Origin.DECLARED)
    before = [str(row) for row in declared]
    rows = [ContactWindow(contact=contact, weekday=day, starts_at=start, ends_at=end) for day, start, end in windows]
    declared.delete()
    made = ContactWindow.objects.bulk_create(rows)
    after = {"windows": [str(row) for row in sorted(made, key=lambda row: (row.weekday, row.starts_at))]}
    audit.record("contact.windows_set", target=contact, by=by, at=as_of, before={"windows": before}, after=after)
    return made


def _check_windows(windows: Sequence[tuple[int, time, time]]) -> None:
    if len(windows) > MOST_WINDOWS:
        raise UnusableAmount(_("Keep at most %(most)s windows.") % {"most": MOST_WINDOWS}, field="windows")
    last: tuple[int, time] | None = None
    for day, start, end in sorted(windows):
        if not 0 <= day <= 6 or end <= start:
            raise UnusableAmount(
                _(
                    "A window on weekday %(day)s from %(start)s to %(end)s cannot be. Weekdays run from 0 to 6; end after the start."
                )
                % {"day": day, "start": start, "end": end},
                field="windows",
            )
        if last is not None and last[0] == day and start < last[1]:
            raise UnusableAmount(
                _("Two windows on weekday %(day)s overlap at %(start)s. Join them.") % {"day": day, "start": start},
                field="windows",
            )
        last = (day, end)


def _check(contact: Contact, *, as_of: datetime) -> None:
    contact.clean_fields(exclude={"account"})
    if isinstance(contact.timezone, str) and contact.timezone and contact.timezone not in available_timezones():
        raise ValidationError(
            {
                "timezone": _("“%(value)s” is not a time zone. Write one such as Europe/Warsaw.")
                % {"value": contact.timezone}
            }
        )
    if contact.left_on is not None and contact.left_on > as_of.date():
        raise ValidationError({"left_on": _("This lies in the future. Write down what has happened.")})
    if contact.left_on is not None and contact.joined_on is not None and contact.left_on < contact.joined_on:
        raise ValidationError(
            {
                "left_on": _("The person joined on %(day)s. Give that day or a later one.")
                % {"day": formats.date(contact.joined_on)}
            }
        )
    taken = Contact.objects.exclude(pk=contact.pk).filter(external_id=contact.external_id)
    if contact.external_id is not None and taken.exists():
        raise ExternalIdTaken(
            _("The external ID “%(value)s” is taken. Change the one that has it, or choose another ID.")
            % {"value": contact.external_id},
            field="external_id",
        )


def _note_roles(contact: Contact, role: str, left_on: date | None, *, by: User | None, as_of: datetime) -> None:
    """Rows for what changed: leaving, coming back, another role."""
    if contact.left_on is not None and contact.left_on != left_on:
        _note_role(contact, role, "", on=contact.left_on, by=by, as_of=as_of)
    elif contact.left_on is None and left_on is not None:
        _note_role(contact, "", contact.role, on=as_of.date(), by=by, as_of=as_of)
    elif contact.role != role:
        _note_role(contact, role, contact.role, on=as_of.date(), by=by, as_of=as_of)


def _note_role(contact: Contact, before: str, after: str, *, on: date, by: User | None, as_of: datetime) -> None:
    RoleChange.objects.create(
        contact=contact, from_role=before, to_role=after, occurred_on=on, changed_by=by, recorded_at=as_of
    )


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(fields) - CONTACT_FIELDS):
        raise TypeError(f"Unknown fields: {', '.join(unknown)}. Known are: {', '.join(sorted(CONTACT_FIELDS))}.")
    return fields
