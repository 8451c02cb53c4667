"""What pages ask about the people at accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from accounts.models import (
    Attachment,
    Consent,
    Contact,
    ContactWindow,
    Interaction,
    RoleChange,
    SurveyResponse,
    Ticket,
)

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from cshub.users.models import User

ROWS = 50
SHOWN = 20
HISTORY = 100


@dataclass(frozen=True)
class ChannelConsent:
    """One channel: the latest word on it (None: nobody asked) and those before."""

    channel: str
    label: str
    latest: Consent | None
    earlier: tuple[Consent, ...]


@dataclass(frozen=True)
class ContactPage:
    """Everything the page of one person shows."""

    contact: Contact
    roles: list[RoleChange]
    consents: tuple[ChannelConsent, ...]
    windows: list[ContactWindow]
    interactions: list[Interaction]
    tickets: list[Ticket]
    answers: list[SurveyResponse]
    files: list[Attachment]


@dataclass(frozen=True)
class ContactList:
    """People by name. `after`: the id the next page begins behind, None at the end."""

    rows: list[Contact]
    after: UUID | None


def contact_list(
    user: User, *, words: str, role: str, state: str, account: UUID | None, after: UUID | None
) -> ContactList:
    """One page of the people: by words in name, e-mail or account, by role, and by state (`here`, `left` or `all`). At most two queries."""
    rows = Contact.objects.visible_to(user).select_related("account")
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(email__icontains=words) | Q(account__name__icontains=words))
    if role:
        rows = rows.filter(role=role)
    if account is not None:
        rows = rows.filter(account=account)
    if state in {"here", "left"}:
        rows = rows.filter(left_on__isnull=state == "here")
    found = list(_behind(rows, after).order_by("name", "id")[: ROWS + 1])
    return ContactList(found[:ROWS], found[ROWS - 1].pk if len(found) > ROWS else None)


def contact_page(contact: Contact) -> ContactPage:
    """What is known about a person. Seven queries."""
    mine: dict[str, Any] = {"contact": contact}
    return ContactPage(
        contact=contact,
        roles=list(RoleChange.objects.filter(**mine).select_related("changed_by").order_by("-occurred_on", "-id")[:HISTORY]),
        consents=_consents(contact),
        windows=list(ContactWindow.objects.filter(**mine)),
        interactions=list(Interaction.objects.filter(**mine).select_related("user").order_by("-occurred_at", "-id")[:SHOWN]),
        tickets=list(Ticket.objects.filter(**mine).order_by("-opened_at", "-id")[:SHOWN]),
        answers=list(SurveyResponse.objects.filter(**mine).order_by("-occurred_at", "-id")[:SHOWN]),
        files=list(Attachment.objects.filter(**mine, removed_at=None).select_related("uploaded_by").order_by("-recorded_at")[:SHOWN]),
    )  # fmt: skip


def _behind(rows: QuerySet[Contact], after: UUID | None) -> QuerySet[Contact]:
    last = Contact.objects.filter(pk=after).values_list("name", flat=True).first() if after else None
    return rows if last is None else rows.filter(Q(name__gt=last) | Q(name=last, id__gt=after))


def _consents(contact: Contact) -> tuple[ChannelConsent, ...]:
    rows = list(
        Consent.objects.filter(contact=contact).select_related("changed_by").order_by("-occurred_at", "-id")[:HISTORY]
    )
    by_channel = {channel: [row for row in rows if row.channel == channel] for channel in Consent.Channel.values}
    return tuple(
        ChannelConsent(channel, str(label), next(iter(by_channel[channel]), None), tuple(by_channel[channel][1:]))
        for channel, label in Consent.Channel.choices
    )
