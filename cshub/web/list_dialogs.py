"""The dialogs of the account list: they are the same from page to page, so they are drawn once for each reader and filter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.forms import ChoiceField
from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString

from cshub.users.models import User
from cshub.web.filters import Filters
from cshub.web.forms import AssignForm, SaveViewForm, TaskForm
from cshub.web.kept import kept

ASSIGN, TASK = "assign", "task"  # prefixes: the fields of both dialogs are sent with the list
LIST = "list"  # the id of its form


def list_dialogs(
    request: HttpRequest,
    filters: Filters,
    *,
    people: Sequence[User],
    known: dict[str, list[str]],
    may_write: bool,
    today: date,
) -> SafeString:
    """Filters, saving a view, and what can be done with ticked rows."""
    return kept(
        "web/_accounts_dialogs.html",
        (_asked(filters), tuple(map(tuple, known.values())), may_write, today),
        lambda: {
            "filters": filters,
            "known": known,
            "may_write": may_write,
            "assign_form": AssignForm(prefix=ASSIGN, belongs_to=LIST, people=people),
            "task_form": TaskForm(prefix=TASK, belongs_to=LIST, people=people, initial={"due_on": today}),
            "save_form": SaveViewForm(auto_id="save_%s", initial={"query": filters.query}),
        },
        request,
    )


def _asked(filters: Filters) -> tuple[object, ...]:
    """All that the dialog of filters shows: what was typed, and what there is to choose, people and segments among it."""
    assert isinstance(filters.form.data, QueryDict)
    typed = {name: tuple(values) for name, values in filters.form.data.lists() if name != "at"}
    lists = (filters.form.fields[name] for name in ("owner", "in_segment"))
    own = tuple((name, each.label, tuple(each.choices or ())) for name, (each, _, _) in filters.form.further.items())
    chosen = tuple(tuple(each.choices) for each in lists if isinstance(each, ChoiceField))  # type: ignore[arg-type]
    return tuple(sorted(typed.items())), filters.query, own, chosen
