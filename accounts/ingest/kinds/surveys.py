"""Files of survey answers: who answered what, when, with which score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import AtField, KindOfFile, Outcome, Turn, write_plan
from accounts.ingest.kinds.problems import IN_THE_FUTURE, OF_PEOPLE
from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import Field
from accounts.ingest.sql.surveys import PLAN, TRACES
from accounts.models import SurveyResponse
from accounts.services.timeline import SCALES

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS = (
    Field("external_id", _("External ID"), fields.KEY, needed=True, longest=200, synonyms=("id", "response id", "answer id", "key")),
    Field("account", _("Account (external ID)"), fields.KEY, needed=True, longest=200, synonyms=("account id", "account external id", "customer", "customer id", "klient", "клиент")),
    Field("contact", _("Contact (external ID or e-mail)"), fields.KEY, longest=254, synonyms=("contact id", "email", "e-mail", "respondent")),
    Field("kind", _("Survey"), fields.CHOICE, needed=True, choices=tuple(SurveyResponse.Kind.values), synonyms=("survey", "survey type", "type")),
    Field("score", _("Score"), fields.WHOLE, needed=True, longest=10, synonyms=("rating", "answer", "ocena", "оценка")),
    Field("verbatim", _("Comment"), longest=20_000, synonyms=("comment", "text", "feedback", "komentarz", "комментарий")),
    Field("occurred_at", _("Answered at"), fields.MOMENT, needed=True, synonyms=("answered at", "responded at", "date", "created at", "data", "дата")),
)  # fmt: skip
_PROBLEMS = OF_PEOPLE | {
    "answer_of_another_account": (
        "external_id",
        _("This answer belongs to another account than %(account_name)s. Use another external ID."),
    ),
    "in_the_future": ("occurred_at", IN_THE_FUTURE),
}


def finish(values: dict[str, Any]) -> tuple[Any, ...]:
    """The line for staging, in the order of its columns after the row's number."""
    low, high = SCALES[values["kind"]]
    if not low <= values["score"] <= high:
        text = _("%(score)s is off the scale: a %(kind)s score runs from %(low)s to %(high)s. Correct the score.")
        shown = {"score": values["score"], "kind": values["kind"].upper(), "low": low, "high": high}
        raise AtField("score", "off_its_scale", text % shown)
    return tuple(values.get(name) for name in list(PLAN.columns)[1:])


def write(lines: Sequence[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Compare with what is there; unless dry, write the answers that differ or are missing."""
    return write_plan(PLAN, _PROBLEMS, lines, turn, TRACES)


SURVEYS = KindOfFile("surveys", FIELDS, ("external_id",), finish, write, traces=TRACES)
