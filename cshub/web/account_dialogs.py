"""The dialogs of an account's page: drawn once for each reader, with the account and its people put in each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.models import Account, Contact
from cshub.users.models import User
from cshub.web.forms import AssignForm, NoteForm, TaskForm
from cshub.web.kept import kept

ACCOUNT, PERSON = UUID(int=0), UUID(int=1)  # stand in what is kept for the account and for the people one can choose


def account_dialogs(
    request: HttpRequest, account: Account, *, owners: Sequence[User], people: Sequence[Contact], today: date
) -> SafeString:
    """A note, a task and another owner: they post to the pages that also show what has to be corrected."""
    drawn = kept(
        "web/_account_dialogs.html",
        (tuple((owner.pk, str(owner)) for owner in owners), account.owner_id, today),
        lambda: {"forms": _forms(account.owner_id, owners=owners, today=today)},
        request,
    )
    choices = "".join(_option(person.pk, str(person)) for person in people)
    return mark_safe(drawn.replace(_option(PERSON, ""), choices).replace(str(ACCOUNT), str(account.pk)))  # noqa: S308  # names are escaped


def _forms(owner: UUID | None, *, owners: Sequence[User], today: date) -> list[dict[str, object]]:
    return [
        {
            "id": "note",
            "title": _("Write a note"),
            "button": _("Add to the timeline"),
            "url": reverse("account_note", args=[ACCOUNT]),
            "form": NoteForm(people=[(str(PERSON), "")], prefix="note"),
        },
        {
            "id": "add-task",
            "title": _("Add a task"),
            "button": _("Add task"),
            "url": reverse("account_task", args=[ACCOUNT]),
            "form": TaskForm(initial={"due_on": today}, people=owners, prefix="task"),
        },
        {
            "id": "assign",
            "title": _("Change the owner"),
            "button": _("Change the owner"),
            "url": reverse("account_assign", args=[ACCOUNT]),
            "form": AssignForm(initial={"owner": owner}, people=owners, prefix="assign"),
        },
    ]


def _option(pk: UUID, name: str) -> str:
    """As cshub.web.controls draws it."""
    return f'\n  <option value="{pk}">{escape(name)}</option>'
