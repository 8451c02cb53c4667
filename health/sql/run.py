"""Runs the scoring statement with the planner set for one large statement."""
# ruff: noqa: S608  # numbers are written as literals of our own making, texts only as parameters

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cshub.db import sql
from health.engine.definition import Definition, canonical_hash, parse
from health.sql.statement import LOST, Statement, scoring, verdicts
from health.sql.whom import Whom, from_first_to_last

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from health.models import ScorecardVersion

# groups of all accounts fit into memory; compiling such a statement costs more than it saves; a nested loop over two scans never ends;
# a span reads most pages of a table in their order, so that announcing each of them is work for nothing
PLANNER = {"work_mem": "256MB", "jit": "off", "enable_nestloop": "off", "effective_io_concurrency": "0"}
MOST_PARSED = 256


@dataclass(frozen=True)
class Result:
    """How many accounts were scored, got a new verdict, moved to another band; typical points in hundredths."""

    scored_count: int
    changed_count: int
    transition_count: int
    typical: list[int]


@dataclass(frozen=True)
class Part:
    """A version and whom it scores: `members` is a query of account_id with its `values`; empty means everybody."""

    version: ScorecardVersion
    members: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def run_scoring(
    part: Part, *, as_of: datetime, account_ids: Sequence[UUID], typical: tuple[int, ...] | None, side_by_side: bool
) -> Result:
    """Write the verdicts that a version gives some accounts, in one statement. Inside a transaction; for all accounts see `health.sql.whole`.

    `side_by_side` reads all accounts between the first and the last of them at once, which pays where most of those are meant.
    """
    version = part.version
    definition = definition_of(version)
    statement = scoring(definition, typical=typical, members=part.members, side_by_side=side_by_side)
    span = from_first_to_last(account_ids) if side_by_side else {}
    with planner():
        found = sql.rows(statement.sql, {**part.values, **_values(statement, version, as_of, account_ids), **span})
    return Result(*found[0])


def forget_lost(*, as_of: datetime, account_ids: Sequence[UUID] | None) -> None:
    """Take the current verdict from those who are no customers any more, after several versions scored. Inside a transaction."""
    chosen = None if account_ids is None else list(account_ids)
    sql.execute(LOST, {"as_of": as_of, "today": as_of.astimezone(UTC).date(), "account_ids": chosen})


def read_verdicts(
    version: ScorecardVersion,
    *,
    as_of: datetime,
    account_ids: Sequence[UUID] | None = None,
    typical: tuple[int, ...] | None = None,
) -> list[dict[str, Any]]:
    """What a scoring at `as_of` would write, from the facts known then; writes nothing. Inside a transaction."""
    whom = Whom.ALL if account_ids is None else Whom.SOME
    statement = verdicts(definition_of(version), whom=whom, typical=typical)
    with planner():
        return sql.records(
            f"{statement.sql} select * from judged order by account_id",
            _values(statement, version, as_of, account_ids),
        )


def definition_of(version: ScorecardVersion) -> Definition:
    """The parsed formula of a version; parsed once for each formula."""
    digest = version.definition_hash or canonical_hash(version.definition)
    if len(_parsed()) > MOST_PARSED:
        _parsed().clear()
    if digest not in _parsed():
        _parsed()[digest] = parse(version.definition)
    return _parsed()[digest]


def moment_of(version: ScorecardVersion, as_of: datetime) -> dict[str, Any]:
    """What every statement is given."""
    return {"as_of": as_of, "today": as_of.astimezone(UTC).date(), "version_id": version.pk}


@contextmanager
def planner(work_mem: str = PLANNER["work_mem"]) -> Iterator[None]:
    """The settings above until the block ends, then what was before: the caller's transaction goes on."""
    names = list(PLANNER)
    before = sql.rows("select " + ", ".join(f"current_setting('{name}')" for name in names))[0]
    _set({**PLANNER, "work_mem": work_mem})
    yield
    _set(dict(zip(names, before, strict=True)))


def _set(values: dict[str, str]) -> None:
    sql.rows("select " + ", ".join(f"set_config('{name}', %({name})s, true)" for name in values), values)


def _values(
    statement: Statement, version: ScorecardVersion, as_of: datetime, account_ids: Sequence[UUID] | None
) -> dict[str, Any]:
    values = statement.values | moment_of(version, as_of)
    # as one text: the statement names them a dozen times, and thousands of ids would be written out one by one each time
    return values if account_ids is None else values | {"account_ids": f"{{{','.join(map(str, account_ids))}}}"}


@lru_cache(maxsize=1)
def _parsed() -> dict[str, Definition]:
    return {}
