"""Says in the reader's language what is wrong with a definition or a rule; the engines that find it know no language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from cshub.kernel.sentences import NOTHING
from health.engine.terms import DefinitionError

if TYPE_CHECKING:
    from health.engine.terms import Fact


def problem_in_words(error: DefinitionError) -> str:
    """What is wrong, without the path: “is “x”; it has to be a number.”"""
    return _(error.sentence) % {name: _fact(fact) for name, fact in error.facts.items()}


def fault_in_words(error: DefinitionError, *, whole: str) -> str:
    """The path and what is wrong there; `whole` names the document where the fault is in no part of it."""
    return _("%(path)s %(problem)s") % {"path": error.path or whole, "problem": problem_in_words(error)}


def _fact(fact: Fact) -> str:
    if isinstance(fact, DefinitionError):
        return fault_in_words(fact, whole="").strip()
    return _(NOTHING) if fact == NOTHING else str(fact)
