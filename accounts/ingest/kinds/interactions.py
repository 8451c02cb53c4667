"""Files of interactions: calls, mails, meetings and notes with the minutes they took. Written once, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import AtField, KindOfFile, Outcome, Turn, write_plan
from accounts.ingest.kinds.problems import IN_THE_FUTURE, OF_PEOPLE
from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import Field
from accounts.ingest.sql.interactions import PLAN, TRACES
from accounts.models import Interaction
from accounts.models.timeline import Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

CHANNEL_WORDS = (
    ("mail", "email"),
    ("e-mail", "email"),
    ("phone", "call"),
    ("phone call", "call"),
    ("visit", "meeting"),
)
FIELDS = (
    Field("external_id", _("External ID"), fields.KEY, needed=True, longest=200, synonyms=("id", "activity id", "interaction id", "message id", "key")),
    Field("account", _("Account (external ID)"), fields.KEY, needed=True, longest=200, synonyms=("account id", "account external id", "customer", "customer id", "klient", "клиент")),
    Field("contact", _("Contact (external ID or e-mail)"), fields.KEY, longest=254, synonyms=("contact id", "contact email", "with")),
    Field("user", _("Colleague (e-mail)"), fields.PERSON, synonyms=("owner", "agent", "user email", "by")),
    Field("channel", _("Channel"), fields.CHOICE, needed=True, choices=tuple(Interaction.Channel.values), words=CHANNEL_WORDS, synonyms=("type", "activity type", "kanał", "канал")),
    Field("direction", _("Direction"), fields.CHOICE, needed=True, choices=tuple(Interaction.Direction.values), words=(("in", "inbound"), ("out", "outbound")), synonyms=("kierunek", "направление")),
    Field("mode", _("Mode"), fields.CHOICE, needed=True, choices=tuple(Mode.values), synonyms=("proactive or reactive",)),
    Field("minutes", _("Minutes"), fields.WHOLE, longest=100_000, synonyms=("duration", "duration minutes", "length")),
    Field("subject", _("Subject"), longest=300, synonyms=("title", "summary", "temat", "тема")),
    Field("body", _("Text"), longest=100_000, synonyms=("text", "notes", "description", "treść", "текст")),
    Field("occurred_at", _("Occurred at"), fields.MOMENT, needed=True, synonyms=("date", "at", "started at", "time", "created at", "data", "дата")),
)  # fmt: skip
_PROBLEMS = OF_PEOPLE | {
    "never_changed": (
        "external_id",
        _(
            "The interaction “%(external_id)s” is recorded with another content. Interactions are never changed: give this one an external ID of its own."
        ),
    ),
    "in_the_future": ("occurred_at", IN_THE_FUTURE),
}


def finish(values: dict[str, Any]) -> tuple[Any, ...]:
    """The line for staging, in the order of its columns after the row's number. Without a subject the text's first line is one."""
    subject = values.get("subject") or next(iter((values.get("body") or "").splitlines()), "")[:300]
    if not subject:
        raise AtField("subject", "missing_value", _("An interaction needs a subject, or a text. Fill one of them in."))
    named = {**values, "subject": subject, "user_id": values.get("user")}
    return tuple(named.get(name) for name in list(PLAN.columns)[1:])


def write(lines: Sequence[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Compare with what is there; unless dry, write down what is new."""
    return write_plan(PLAN, _PROBLEMS, lines, turn, TRACES)


INTERACTIONS = KindOfFile("interactions", FIELDS, ("external_id",), finish, write, traces=TRACES)
