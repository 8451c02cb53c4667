"""Tells which formula scores which account: scopes in their order, and the one without a scope for all others."""
# ruff: noqa: S608  # the rules are compiled by health.segments; values go into parameters

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from health.models import ScorecardVersion
from health.segments.catalog import catalog
from health.segments.lists import rule_in_words
from health.segments.rules import BadRule, accounts_in, names_segment
from health.sql.run import Part, definition_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from health.engine.definition import Definition


def in_force() -> list[ScorecardVersion]:
    """The versions that score, in the order in which they take accounts; the one without a scope comes last. One query."""
    return ordered(ScorecardVersion.objects.in_force().select_related("scorecard"))


def with_version(version: ScorecardVersion) -> list[ScorecardVersion]:
    """Those that would score if this version were put in force."""
    return ordered([*(each for each in in_force() if not gives_way(each, to=version)), version])


def gives_way(active: ScorecardVersion, *, to: ScorecardVersion) -> bool:
    """Whether an active version retires when `to` is put in force: one of each scorecard scores, and one without a scope."""
    unscoped = definition_of(to).scope is None and definition_of(active).scope is None
    return active.pk == to.pk or active.scorecard_id == to.scorecard_id or unscoped


def ordered(versions: Iterable[ScorecardVersion]) -> list[ScorecardVersion]:
    return sorted(versions, key=_place)


def parts(versions: Sequence[ScorecardVersion], *, as_of: datetime) -> list[Part]:
    """Each version with the accounts it scores at `as_of`: every account falls to the first whose scope it meets.

    A scope that cannot be computed any more, say because its field was archived, takes nobody. A single version without a scope scores everybody, without a query of its own.
    """
    scoped = [version for version in versions if definition_of(version).scope]
    if not scoped:
        return [Part(version) for version in versions]
    known = catalog()
    found: list[Part] = []
    earlier = ""
    values: dict[str, object] = {}
    for version in versions:
        scope = definition_of(version).scope
        if scope is None:
            found.append(Part(version, f"select id as account_id from accounts_account{earlier}", dict(values)))
            continue
        try:
            meets = accounts_in(scope.rule, as_of=as_of, prefix=f"scope_{version.pk.hex}", known=known)
        except BadRule:
            continue  # its accounts fall to the next scope that can be read; the list of scorecards says so
        values |= meets.values
        found.append(Part(version, f"select id as account_id from ({meets.sql}) meets{earlier}", dict(values)))
        earlier += f" except ({meets.sql})"
    return found


def scope_in_words(definition: Definition) -> str:
    """Whom a formula scores, as a sentence; empty where it scores all that no scope takes."""
    scope = definition.scope
    if scope is None:
        return ""
    try:
        return rule_in_words(scope.rule)
    except BadRule as refusal:
        return _("nobody, because its scope cannot be read any more: %(problem)s") % {"problem": refusal}


def scorecards_for(segment: UUID) -> list[str]:
    """The scorecards whose scope names a segment, in phrases: those in force and those that wait for approval. One query."""
    found = ScorecardVersion.objects.filter(state__in=("active", "submitted"), definition__has_key="scope")
    names = {
        version.scorecard.name
        for version in found.select_related("scorecard")
        if names_segment(version.definition["scope"]["rule"], segment)
    }
    return [_("the scorecard “%(name)s”") % {"name": name} for name in sorted(names)]


def _place(version: ScorecardVersion) -> tuple[bool, int, str]:
    scope = definition_of(version).scope
    return (scope is None, scope.place if scope else 0, version.scorecard.name)
