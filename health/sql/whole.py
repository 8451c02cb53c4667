"""Scores all accounts span by span, so that neither memory nor locks grow with the book: measured first, written when it is known what is typical."""
# ruff: noqa: S608  # numbers are written as literals of our own making, texts only as parameters

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.db import transaction

from cshub.db import sql
from health.engine.scoring import FEW
from health.engine.transforms import NEUTRAL
from health.sql.overrides import IN_FORCE
from health.sql.peers import compared, has_peers
from health.sql.run import Part, Result, definition_of, moment_of, planner
from health.sql.statement import CHANGED, CUSTOMERS, judged_rows, measured_alone, measured_rows, settled_rows, writes
from health.sql.whom import END, START, Whom
from health.sql.writing import listed

if TYPE_CHECKING:
    from datetime import datetime

    from health.engine.definition import Definition

AT_ONCE = 50_000
SPAN_MEMORY = "64MB"
FIRST_OF_LATER_SPANS = """
select id from (select id, row_number() over (order by id) as place from accounts_account) numbered
where place > 1 and (place - 1) %% %(at_once)s = 0 order by id"""
ONE_AT_A_TIME = "select id from health_scorecard order by id for update"
STAGED, ASSIGNED, RANKED = "staged_verdicts", "assigned_accounts", "ranked_accounts"
STAGE = f"""create temporary table {STAGED} (account_id uuid, raw float8[], points smallint[], shares float8[], coverage numeric(4, 3),
  score numeric(5, 2), band text, exception text, override_id uuid, input_hash text)"""
Span = tuple[Any, Any]


def spans(at_once: int) -> list[Span]:
    """Spans of account ids with so many accounts each; together they hold every id there can be."""
    bounds = [account for (account,) in sql.rows(FIRST_OF_LATER_SPANS, {"at_once": at_once})]
    return list(pairwise([START, *bounds, END]))


def measure(part: Part, *, as_of: datetime, at_once: int) -> Result:
    """Measure everybody whom a version scores, and stage the verdicts that changed; writes nothing that others see and locks nobody.

    One transaction a span. Ranks among peers are taken over all of them.
    """
    definition = definition_of(part.version)
    given = {**part.values, **moment_of(part.version, as_of)}
    _make_anew(STAGED, STAGE)
    if part.members:
        _make_anew(ASSIGNED, f"create temporary table {ASSIGNED} as {part.members}", given)
        sql.execute(f"create index on {ASSIGNED} (account_id)")
    members = f"select account_id from {ASSIGNED}" if part.members else ""
    every = spans(at_once)
    if has_peers(definition):
        _rank(definition, members, every, given)
    found = [
        _in_span(*_measuring(definition, members, ranked=has_peers(definition)), span=span, given=given)
        for span in every
    ]
    sql.execute(f"create index on {STAGED} (account_id)")
    scored, changed, moved, known, points = zip(*found, strict=True)
    typical = [
        _typical(sum(each[place] for each in known), sum(each[place] or 0 for each in points))
        for place in range(len(definition.measures))
    ]
    return Result(sum(scored), sum(changed), sum(moved), typical)


def write(part: Part, measured: Result, *, as_of: datetime, at_once: int) -> Result:
    """Write what `measure` staged, a transaction a span, and forget it. What is written stays, whatever stops the rest.

    Between two spans others may score: verdicts that are newer by then stay.
    """
    definition = definition_of(part.version)
    statement = _writing(definition, measured.typical)
    given = moment_of(part.version, as_of)
    every = spans(at_once) if measured.changed_count else ()
    found = [_in_span(statement, {}, span=span, given=given, lock=True) for span in every]
    changed, moved = (sum(each[place] for each in found) for place in (0, 1))
    for table in (STAGED, ASSIGNED, RANKED):
        sql.execute(f"drop table if exists pg_temp.{table}")
    return Result(measured.scored_count, changed, moved, measured.typical)


def _measuring(definition: Definition, members: str, *, ranked: bool) -> tuple[str, dict[str, Any]]:
    """Stages a span; one row (accounts, changed, moved, and for each measure how many have points, and their sum)."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    if ranked:
        rows = f"select * from {RANKED} where {Whom.SPAN.condition('account_id')} offset 0"
    else:
        parts, alone, values = measured_alone(definition, Whom.SPAN, members=_of_span(members))
        rows = compared(definition, alone)
    places = range(len(definition.measures))
    parts += [
        f"measured as materialized ({measured_rows(definition, rows)})",
        IN_FORCE,
        f"""fresh as materialized (
  select s.*, h.band as was_band from ({settled_rows(definition)}) s
  left join (select * from health_accounthealth h where {Whom.SPAN.condition("h.account_id")}) h using (account_id)
  where {CHANGED.format(judged="s")})""",
        f"""staged as (
  insert into {STAGED} select account_id, raw, points, shares, coverage, score, band, exception, override_id, input_hash from fresh
  order by account_id)""",
    ]
    known, total = (listed(f"{each}(p{place})" for place in places) for each in ("count", "sum"))
    counts = "(select count(*) from fresh), (select count(*) from fresh where was_band <> band)"
    text = f" select count(*), {counts}, array[{known}], array[{total}]::bigint[] from measured"
    return "with " + ",\n".join(parts) + text, values


def _writing(definition: Definition, typical: Sequence[int]) -> str:
    """Writes a span of what is staged for those who are customers still; one row (changed, moved)."""
    points = listed(f"{value:d} as t{place}" for place, value in enumerate(typical))
    mine = Whom.SPAN.condition("h.account_id")
    staged = f"(select * from {STAGED} where {Whom.SPAN.condition('account_id')})"
    still = f"(select v.* from judged v join accounts_account a on a.id = v.account_id where {CUSTOMERS} and {Whom.SPAN.condition('a.id')})"
    return f"""with typical as materialized (select {points}),
judged as ({judged_rows(definition, staged)}),
{writes(still, mine)}
select (select count(*) from fresh), (select count(*) from moved)"""


def _rank(definition: Definition, members: str, every: Sequence[Span], given: dict[str, Any]) -> None:
    """Raw values of everybody, those of ranked measures as ranks among all."""
    parts, alone, values = measured_alone(definition, Whom.SPAN, members=_of_span(members))
    columns = listed(f"r{place} float8" for place in range(len(definition.measures)))
    _make_anew(
        "measured_accounts", f"create temporary table measured_accounts (account_id uuid, segment text, {columns})"
    )
    parts += [f"alone as ({alone})", "kept as (insert into measured_accounts select * from alone)"]
    for span in every:
        _in_span("with " + ",\n".join(parts) + " select 1", values, span=span, given=given)
    ranks = compared(definition, "select * from measured_accounts")
    _make_anew(RANKED, f"create temporary table {RANKED} as {ranks}")
    sql.execute(f"create index on {RANKED} (account_id)")
    sql.execute("drop table measured_accounts")


def _of_span(members: str) -> str:
    return f"{members} where {Whom.SPAN.condition('account_id')}" if members else ""


def _in_span(
    statement: str, values: dict[str, Any], *, span: Span, given: dict[str, Any], lock: bool = False
) -> tuple[Any, ...]:
    """The first row that a statement gives for one span, in a transaction; with `lock` no other scoring writes meanwhile."""
    start, end = span
    with transaction.atomic(), planner(SPAN_MEMORY):
        if lock:
            sql.rows(ONE_AT_A_TIME)
        return sql.rows(statement, {**values, **given, "span_start": start, "span_end": end})[0]


def _make_anew(table: str, statement: str, values: dict[str, Any] | None = None) -> None:
    sql.execute(f"drop table if exists pg_temp.{table}")
    sql.execute(statement, values)


def _typical(known: int, points: int) -> int:
    """The mean rounded half up, as numeric rounds it; the middle of the scale where too few are known."""
    return NEUTRAL if known < FEW else (2 * points + known) // (2 * known)
