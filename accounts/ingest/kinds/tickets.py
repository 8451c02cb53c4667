"""Files of support tickets, as help desks export them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import AtField, KindOfFile, Outcome, Turn, write_plan
from accounts.ingest.kinds.problems import IN_THE_FUTURE, OF_PEOPLE
from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import Field
from accounts.ingest.sql.tickets import PLAN, TRACES
from accounts.models import Ticket
from cshub.l10n import formats

if TYPE_CHECKING:
    from collections.abc import Sequence

STATUS_WORDS = (
    ("new", "open"), ("reopened", "open"), ("in progress", "open"), ("on hold", "pending"), ("hold", "pending"), ("waiting", "pending"),
    ("waiting on customer", "pending"), ("solved", "resolved"), ("closed", "resolved"), ("done", "resolved"),
)  # fmt: skip
PRIORITY_WORDS = (("medium", "normal"), ("minor", "low"), ("major", "high"), ("critical", "urgent"))
FIELDS = (
    Field("external_id", _("External ID"), fields.KEY, needed=True, longest=200, synonyms=("id", "ticket id", "ticket", "ticket number", "case number", "key")),
    Field("account", _("Account (external ID)"), fields.KEY, needed=True, longest=200, synonyms=("account id", "account external id", "organization", "organization id", "customer", "customer id", "klient", "клиент")),
    Field("contact", _("Contact (external ID or e-mail)"), fields.KEY, longest=254, synonyms=("contact id", "requester", "requester email", "email", "e-mail")),
    Field("subject", _("Subject"), longest=300, synonyms=("title", "summary", "temat", "тема")),
    Field("channel", _("Channel"), longest=40, synonyms=("via", "source", "kanał", "канал")),
    Field("status", _("Status"), fields.CHOICE, choices=tuple(Ticket.Status.values), words=STATUS_WORDS, synonyms=("state",)),
    Field("priority", _("Priority"), fields.CHOICE, choices=tuple(Ticket.Priority.values), words=PRIORITY_WORDS, synonyms=("severity", "priorytet", "приоритет")),
    Field("opened_at", _("Opened at"), fields.MOMENT, needed=True, synonyms=("opened", "created", "created at", "created on", "utworzono")),
    Field("first_replied_at", _("First reply at"), fields.MOMENT, synonyms=("first reply", "first response", "first response at", "first responded at")),
    Field("resolved_at", _("Resolved at"), fields.MOMENT, synonyms=("resolved", "solved at", "closed at", "solved")),
    Field("reopened_count", _("Times reopened"), fields.WHOLE, longest=10_000, synonyms=("reopens", "reopenings", "reopened")),
    Field("minutes", _("Minutes"), fields.WHOLE, longest=10_000_000, synonyms=("handling minutes", "time spent", "minutes spent")),
    Field("satisfaction", _("Satisfaction"), fields.WHOLE, longest=5, synonyms=("csat", "rating", "satisfaction score")),
)  # fmt: skip
_REPLIED = _(
    "The first reply at %(first_replied_at)s lies before the ticket was opened at %(opened_at)s. Correct one of the two."
)
_RESOLVED = _(
    "The ticket was resolved at %(resolved_at)s, before it was opened at %(opened_at)s. Correct one of the two."
)
_PROBLEMS = OF_PEOPLE | {
    "ticket_of_another_account": (
        "external_id",
        _("This ticket belongs to another account than %(account_name)s. Use another external ID."),
    ),
    "in_the_future": ("opened_at", IN_THE_FUTURE),
    "replied_before_opening": ("first_replied_at", _REPLIED),
    "resolved_before_opening": ("resolved_at", _RESOLVED),
    "resolved_without_a_time": (
        "resolved_at",
        _("The ticket is resolved, and nothing says when. Give the time, or another status."),
    ),
}


def finish(values: dict[str, Any]) -> tuple[Any, ...]:
    """The line for staging, in the order of its columns after the row's number."""
    get = values.get
    if get("satisfaction") == 0:
        raise AtField(
            "satisfaction",
            "off_its_scale",
            _("Satisfaction runs from 1 (bad) to 5 (good). Correct it, or leave it empty."),
        )
    if get("first_replied_at") and values["first_replied_at"] < values["opened_at"]:
        raise AtField("first_replied_at", "replied_before_opening", _REPLIED % _told(values))
    if get("resolved_at") and values["resolved_at"] < values["opened_at"]:
        raise AtField("resolved_at", "resolved_before_opening", _RESOLVED % _told(values))
    if get("resolved_at") and get("status") in ("open", "pending"):
        text = _("The ticket is %(status)s and was resolved at %(resolved_at)s. Leave one of the two empty.")
        raise AtField("status", "resolved_and_not", text % _told(values))
    return tuple(get(name) for name in list(PLAN.columns)[1:])


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """The values as people write them; moments in UTC, as they are kept."""
    return {name: formats.moment(value) if isinstance(value, datetime) else value for name, value in values.items()}


def write(lines: Sequence[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Compare with what is there; unless dry, write the tickets that differ or are missing."""
    return write_plan(PLAN, _PROBLEMS, lines, turn, TRACES)


TICKETS = KindOfFile("tickets", FIELDS, ("external_id",), finish, write, traces=TRACES)
