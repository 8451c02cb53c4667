"""Lets lists of accounts take a rule; the app that knows the grammar of rules says at start how one is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from django.db.models.expressions import RawSQL


class Rules(Protocol):
    """What can compute a rule."""

    def accounts_meeting(self, definition: Any, *, as_of: datetime) -> RawSQL:
        """A subquery of the IDs of those that meet the rule. Raises Refused for a rule that makes no sense or costs too much."""

    def in_time(self) -> AbstractContextManager[None]:
        """Raises Refused when what is asked inside takes longer than a request may."""


COMPUTED_BY: list[Rules] = []


def rules_are_computed_by(rules: Rules) -> None:
    """Let lists of accounts take rules. Called once, at start."""
    COMPUTED_BY.append(rules)
