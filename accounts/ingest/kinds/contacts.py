"""Files of contacts: the people at accounts and the parts they play."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.further import json_of, typed_lines
from accounts.ingest.kinds.kind import AtField, KindOfFile, Outcome, Turn, write_plan
from accounts.ingest.kinds.problems import UNKNOWN_ACCOUNT
from accounts.ingest.kinds.zones import check_timezone
from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import Field
from accounts.ingest.reading.judge import further
from accounts.ingest.sql.contacts import PLAN, TRACES
from accounts.models import Contact

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS = (
    Field("external_id", _("External ID"), fields.KEY, needed=True, longest=200, synonyms=("id", "contact id", "person id", "user id", "key")),
    Field("account", _("Account (external ID)"), fields.KEY, needed=True, longest=200, synonyms=("account id", "account external id", "company id", "customer", "customer id", "klient", "клиент")),
    Field("name", _("Name"), longest=300, synonyms=("contact", "contact name", "full name", "person", "imię i nazwisko", "имя", "نام")),
    Field("email", _("E-mail"), longest=254, synonyms=("e-mail", "mail", "email address", "adres e-mail")),
    Field("phone", _("Phone"), longest=50, synonyms=("telephone", "mobile", "telefon", "телефон")),
    Field("title", _("Job title"), longest=200, synonyms=("job title", "position", "stanowisko", "должность")),
    Field("role", _("Role"), fields.CHOICE, choices=tuple(Contact.Role.values), words=(("decision maker", "decision_maker"),), synonyms=("part", "rola", "роль")),
    Field("language", _("Language"), longest=10, synonyms=("lang", "język", "язык")),
    Field("timezone", _("Time zone"), longest=64, synonyms=("time zone",)),
    Field("joined_on", _("Joined on"), fields.DATE, synonyms=("joined", "since", "start date")),
    Field("left_on", _("Left on"), fields.DATE, synonyms=("left", "end date", "deactivated on")),
)  # fmt: skip
_PROBLEMS = {
    "unknown_account": UNKNOWN_ACCOUNT,
    "contact_of_another_account": (
        "external_id",
        _("This contact is at another account than %(account_name)s. Give the person there an external ID of its own."),
    ),
    "left_in_the_future": ("left_on", _("%(left_on)s is still to come. Give the day on which it happened.")),
    "left_before_joining": (
        "left_on",
        _("This person would have left on %(left_on)s, before joining on %(joined_on)s. Correct one of the dates."),
    ),
}


def finish(values: dict[str, Any]) -> tuple[Any, ...]:
    """The line for staging, in the order of its columns after the row's number."""
    get = values.get
    if email := get("email"):
        try:
            validate_email(email)
        except ValidationError as error:
            text = _("“%(value)s” is not an e-mail address. Correct it, or leave the cell empty.")
            raise AtField("email", "not_an_email", text % {"value": email}) from error
    check_timezone(values)
    return (
        *(get(name) for name in ("external_id", "account", "name", "email", "phone", "title", "role", "language", "timezone")),
        get("joined_on"), get("left_on"), json_of(further(values)),
    )  # fmt: skip


def write(lines: Sequence[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Compare with what is there; unless dry, write contacts and the history of their roles."""
    typed, faults = typed_lines("contact", lines, at=len(PLAN.columns) - 1)
    return write_plan(PLAN, _PROBLEMS, typed, turn, TRACES, earlier=faults)


CONTACTS = KindOfFile("contacts", FIELDS, ("external_id",), finish, write, takes_further_fields=True, traces=TRACES)
