"""Reads a definition against what the tenant has: its fields, its segments. What cannot be computed is refused at its term."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.models import CustomField
from cshub.kernel.refusal import Refused
from health.engine.definition import parse
from health.engine.sources import ATTRIBUTE
from health.engine.terms import DefinitionError
from health.segments.rules import BadRule, fields_of, read_rule
from health.wording import problem_in_words

if TYPE_CHECKING:
    from health.engine.definition import Definition

OF_HEALTH = frozenset({"score", "band", "coverage"})


class BadDefinition(Refused):
    """A formula that cannot be computed; `field` is the path of the term, `problem` what is wrong there without it."""

    code = "bad_definition"

    def __init__(self, message: object, *, field: str = "", problem: str = "") -> None:
        super().__init__(message, field=field)
        self.problem = problem


def checked(document: Any) -> Definition:
    """The definition in a document. Raises BadDefinition at the path of the first term that makes no sense here.

    One query, four with a scope.
    """
    try:
        definition = parse(document)
    except DefinitionError as error:
        raise _bad(error.path, problem_in_words(error)) from error
    _refuse_archived(definition)
    if definition.scope:
        try:
            rule = read_rule(definition.scope.rule)
        except BadRule as refusal:
            raise _bad("scope.rule", str(refusal)) from refusal
        if fields_of(rule) & OF_HEALTH:
            raise _bad("scope.rule", _("asks for health, which is what scorecards find out. Ask for something else."))
    return definition


def _refuse_archived(definition: Definition) -> None:
    archived = set(
        CustomField.objects.filter(subject=CustomField.Subject.ACCOUNT, archived_at__isnull=False).values_list(
            "key", flat=True
        )
    )
    for place, group in enumerate(definition.groups):
        for number, measure in enumerate(group.measures):
            path = f"groups[{place}].measures[{number}]"
            if measure.kind == ATTRIBUTE and measure.subject in archived:
                raise _bad(f"{path}.source", _archived(measure.subject))
            if measure.seats in archived:
                raise _bad(f"{path}.seats", _archived(measure.seats))


def _archived(key: str) -> str:
    return _("is “%(key)s”, a field that was archived. Choose another source or bring the field back.") % {"key": key}


def _bad(path: str, problem: str) -> BadDefinition:
    words = {"path": path or _("The definition"), "problem": problem}
    return BadDefinition(_("%(path)s %(problem)s") % words, field=path or "definition", problem=problem)
