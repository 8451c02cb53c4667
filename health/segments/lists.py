"""Rules as a filter of lists, without a segment being kept: refused where they cost too much, stopped where they take too long."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db.models.expressions import RawSQL

from health.segments.catalog import catalog
from health.segments.rules import WEB_MILLISECONDS, accounts_in, read_rule, refuse_costly, runaway
from health.segments.sql.limits import TookTooLong, cost_of, within
from health.segments.words import Vocabulary, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def accounts_meeting(definition: Any, *, as_of: datetime) -> RawSQL:
    """A subquery of the IDs of the accounts that meet a rule. Raises BadRule at the path of its fault, RunawayRule for what costs too much."""
    members = accounts_in(definition, as_of=as_of, prefix="rule")
    refuse_costly(cost_of(members.sql, members.values))
    return RawSQL(*members.positional())  # noqa: S611  # compiled from a closed list of fields; values are parameters


def rule_in_words(definition: Any) -> str:
    """The rule as a sentence. Raises BadRule."""
    known = catalog()
    return in_words(read_rule(definition, known=known), Vocabulary(known.names))


@contextmanager
def in_time() -> Iterator[None]:
    """Raises RunawayRule when the statements inside take longer than a page may."""
    try:
        with within(WEB_MILLISECONDS):
            yield
    except TookTooLong as error:
        raise runaway() from error
