"""Records what an account asked of the help desk, as the help desk tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Ticket
from accounts.services.changed import note_changed
from accounts.services.merging import refuse_merged
from accounts.services.refusals import ExternalIdTaken, WrongPerson
from cshub.audit import services as audit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from accounts.models import Account
    from cshub.users.models import User

TICKET_FIELDS = frozenset(
    {
        "contact", "subject", "channel", "status", "priority", "opened_at", "first_replied_at", "resolved_at", "reopened_count", "minutes",
        "satisfaction",
    }
)  # fmt: skip


@transaction.atomic
def record_ticket(
    *, account: Account, external_id: str, opened_at: datetime, by: User | None, as_of: datetime, **fields: Any
) -> Ticket:
    """Add a ticket. `fields` are those of TICKET_FIELDS; one with `resolved_at` is resolved unless `status` says otherwise.

    Raises UnknownAccount for an account that was merged away, WrongPerson, ExternalIdTaken, or ValidationError by field.
    """
    refuse_merged(account)
    if fields.get("resolved_at") is not None:
        fields.setdefault("status", Ticket.Status.RESOLVED)
    ticket = Ticket(
        account=account,
        external_id=external_id,
        opened_at=opened_at,
        recorded_at=as_of,
        updated_at=as_of,
        **_known(fields),
    )
    _check(ticket, as_of=as_of)
    if Ticket.objects.filter(external_id=external_id).exists():
        raise ExternalIdTaken(
            _("The external ID “%(value)s” is taken. Change the one that has it, or choose another ID.")
            % {"value": external_id},
            field="external_id",
        )
    ticket.save(force_insert=True)
    after = audit.snapshot(ticket, ["external_id", "opened_at", *fields]) | {"account": str(account.pk)}
    audit.record("ticket.recorded", target=ticket, by=by, at=as_of, after=after)
    note_changed([account.pk])
    return ticket


@transaction.atomic
def revise_ticket(ticket: Ticket, *, by: User | None, as_of: datetime, **changes: Any) -> Ticket:
    """Change fields of TICKET_FIELDS; nothing is written where nothing differs. A ticket that is open again is not resolved any more.

    Raises WrongPerson, or ValidationError by field.
    """
    locked: Ticket = Ticket.objects.select_for_update(of=("self",)).select_related("account").get(pk=ticket.pk)
    if "resolved_at" not in changes and changes.get("status", Ticket.Status.RESOLVED) != Ticket.Status.RESOLVED:
        changes["resolved_at"] = None
    if changes.get("resolved_at") is not None:
        changes.setdefault("status", Ticket.Status.RESOLVED)
    differing = {name: value for name, value in _known(changes).items() if getattr(locked, name) != value}
    if not differing:
        return locked
    before = audit.snapshot(locked, differing)
    for name, value in differing.items():
        setattr(locked, name, value)
    _check(locked, as_of=as_of)
    locked.updated_at = as_of
    locked.save(update_fields=[*differing, "updated_at"])
    audit.record(
        "ticket.revised", target=locked, by=by, at=as_of, before=before, after=audit.snapshot(locked, differing)
    )
    note_changed([locked.account_id])
    return locked


def _check(ticket: Ticket, *, as_of: datetime) -> None:
    ticket.clean_fields(exclude={"account", "contact"})
    if ticket.contact is not None and ticket.contact.account_id != ticket.account_id:
        raise WrongPerson(
            _("%(person)s is not at %(account)s. Choose a contact of this account.")
            % {"person": ticket.contact, "account": ticket.account},
            field="contact",
        )
    if problems := dict(_problems(ticket, as_of=as_of)):
        raise ValidationError(problems)


def _problems(ticket: Ticket, *, as_of: datetime) -> Iterator[tuple[str, Any]]:
    for name in ("opened_at", "first_replied_at", "resolved_at"):
        moment = getattr(ticket, name)
        if moment is not None and moment > as_of:
            yield name, _("This lies in the future. Write down what has happened.")
        elif moment is not None and moment < ticket.opened_at:
            text = _("The ticket was opened at %(moment)s. Give that moment or a later one.")
            yield name, text % {"moment": ticket.opened_at}
    is_resolved = ticket.status == Ticket.Status.RESOLVED
    if is_resolved and ticket.resolved_at is None:
        yield "resolved_at", _("The ticket is resolved, and nothing says when. Give the time, or another status.")
    elif not is_resolved and ticket.resolved_at is not None:
        yield "status", _("The ticket has a time of resolution. Leave that out, or say that it is resolved.")
    if ticket.satisfaction is not None and not 1 <= ticket.satisfaction <= 5:
        yield "satisfaction", _("Satisfaction runs from 1 (bad) to 5 (good). Correct it, or leave it empty.")


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(fields) - TICKET_FIELDS):
        raise TypeError(f"Unknown fields: {', '.join(unknown)}. Known are: {', '.join(sorted(TICKET_FIELDS))}.")
    return fields
