"""Tells which formula scores which account: scopes in their order, and the one without a scope for all others."""
# ruff: noqa: S608  # the rules are compiled by health.segments; values go into parameters

from __future__ import annotations

from typing import TYPE_CHECKING

from health.models import ScorecardVersion
from health.segments.catalog import catalog
from health.segments.rules import accounts_in, read_rule
from health.segments.words import Vocabulary, in_words
from health.sql.run import Part, definition_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


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
    """Each version with the accounts it scores at `as_of`: every account falls to the first whose scope it meets. Raises BadRule.

    A single version without a scope scores everybody, without a query of its own.
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
        meets = accounts_in(scope.rule, as_of=as_of, prefix=f"scope_{version.pk.hex}", known=known)
        values |= meets.values
        found.append(Part(version, f"select id as account_id from ({meets.sql}) meets{earlier}", dict(values)))
        earlier += f" except ({meets.sql})"
    return found


def scope_in_words(version: ScorecardVersion) -> str:
    """Whom a version scores, as a sentence; empty where it scores all that no scope takes."""
    scope = definition_of(version).scope
    if scope is None:
        return ""
    known = catalog()
    return in_words(read_rule(scope.rule, known=known), Vocabulary(known.names))


def _place(version: ScorecardVersion) -> tuple[bool, int, str]:
    scope = definition_of(version).scope
    return (scope is None, scope.place if scope else 0, version.scorecard.name)
