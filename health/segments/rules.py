"""Reads rules, tells what they would find, and refuses those that cannot or should not be computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from cshub.db import sql
from cshub.kernel.refusal import Refused
from health.engine.terms import DefinitionError
from health.segments.catalog import catalog
from health.segments.engine.fields import Catalog
from health.segments.engine.grammar import Condition, Group, Member, Rule, parse, segments_named
from health.segments.models import SegmentVersion
from health.segments.sql.compiling import Fragment, accounts_that_meet
from health.segments.sql.limits import TookTooLong, cost_of, within
from health.segments.sql.membership import COUNT, SAMPLE
from health.wording import fault_in_words

if TYPE_CHECKING:
    from datetime import datetime

WEB_MILLISECONDS = 5_000
GREATEST_COST = 20_000_000.0  # about a minute of reading at 1,000,000 accounts
SAMPLED = 10


class BadRule(Refused):
    """A rule that cannot be computed; `field` is the path of the term."""

    code = "bad_rule"


class RunawayRule(Refused):
    """A rule that would keep the database busy for longer than a page may."""

    code = "runaway_rule"


@dataclass(frozen=True)
class Sampled:
    """One account that meets a rule."""

    pk: UUID
    external_id: str
    name: str
    arr: Any
    currency: str
    band: str
    score: Any


@dataclass(frozen=True)
class Preview:
    """What a rule would find: how many accounts, the largest of them, and the planner's cost."""

    count: int
    sample: tuple[Sampled, ...]
    cost: float


def read_rule(definition: Any, *, known: Catalog | None = None, own_id: str = "") -> Rule:
    """The rule of a definition. Raises BadRule at the path of the first fault. Three queries unless the catalog is `known`."""
    try:
        return parse(definition, known or catalog(), own_id=own_id)
    except DefinitionError as error:
        raise BadRule(fault_in_words(error, whole=_("The rule")), field=error.path or "definition") from error


def fields_of(rule: Rule) -> frozenset[str]:
    """Keys of the fields that a rule asks for, those of the segments it names included."""
    match rule:
        case Group(_joins, parts):
            return frozenset[str]().union(*(fields_of(part) for part in parts))
        case Member(_segment, inner):
            return fields_of(inner)
        case Condition(field):
            return frozenset((field.key,))
        case _:
            return frozenset()


def names_segment(document: Any, segment: UUID) -> bool:
    """Whether a rule as written names a segment itself."""
    return str(segment) in set(segments_named(document))


def accounts_in(definition: Any, *, as_of: datetime, prefix: str = "segment", known: Catalog | None = None) -> Fragment:
    """`SELECT a.id` of the accounts that meet a rule (a definition or a SegmentVersion) at `as_of`, with its parameters by name.

    Put it behind `account_id IN (...)`; `prefix` keeps the parameters of two rules apart. Raises BadRule.
    """
    document = definition.definition if isinstance(definition, SegmentVersion) else definition
    return accounts_that_meet(read_rule(document, known=known), as_of=as_of, prefix=prefix)


def preview(definition: Any, *, as_of: datetime, own_id: str = "") -> Preview:
    """What a rule would find now; writes nothing. Raises BadRule, and RunawayRule when it costs too much or takes too long."""
    members = accounts_that_meet(read_rule(definition, own_id=own_id), as_of=as_of)
    try:
        with within(WEB_MILLISECONDS):
            cost = cost_of(members.sql, members.values)
            refuse_costly(cost)
            count = sql.rows(COUNT.format(members=members.sql), members.values)[0][0]
            sample = sql.rows(SAMPLE.format(members=members.sql), {**members.values, "shown": SAMPLED})
    except TookTooLong as error:
        raise runaway() from error
    return Preview(count, tuple(_sampled(*row) for row in sample), cost)


def _sampled(pk: UUID, external_id: str, name: str, arr: Any, currency: Any, band: Any, score: Any) -> Sampled:
    return Sampled(pk, external_id, name, arr, currency or "", band or "", score)


def refuse_costly(cost: float) -> None:
    if cost > GREATEST_COST:
        raise RunawayRule(
            _(
                "The rule is estimated to cost %(cost)s units; at most %(most)s are allowed. Ask for fewer things at once."
            )
            % {"cost": f"{cost:.0f}", "most": f"{GREATEST_COST:.0f}"},
            field="definition",
        )


def runaway() -> RunawayRule:
    return RunawayRule(
        _("The rule took longer than %(seconds)s seconds and was stopped. Ask for fewer things at once.")
        % {"seconds": WEB_MILLISECONDS // 1000},
        field="definition",
    )
