"""Puts the statement together, layer upon layer; `offset 0` keeps each layer from being computed again by the next."""
# ruff: noqa: S608  # numbers are written as literals of our own making, texts only as parameters

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from health.engine.definition import Definition, Group, Measure
from health.engine.overrides import BY_HAND
from health.engine.scoring import FEW, MIDDLE, NO_DATA
from health.engine.transforms import FULL, NEUTRAL, Bounded, Choice, Linear, Percentile, Step, Tenure, Transform
from health.sql.exceptions import excepted, limited
from health.sql.facts import facts_of, scan_sql
from health.sql.overrides import IN_FORCE, settled
from health.sql.peers import compared, has_peers
from health.sql.whom import Whom
from health.sql.writing import added, double, finite, listed

CUSTOMERS = "(a.status in ('onboarding', 'active') or a.status = 'churned' and a.churned_on > %(today)s::date) and a.recorded_at <= %(as_of)s"
# a verdict that says something new, and is not older than the one `h` in force
CHANGED = "(h.account_id is null or (h.scored_at < %(as_of)s and h.input_hash <> {judged}.input_hash))"
NAMED = "select account_id from unnest(%(account_ids)s::uuid[]) named (account_id)"
LOST = f"""
delete from health_accounthealth h where h.scored_at < %(as_of)s
and (%(account_ids)s::uuid[] is null or h.account_id = any(%(account_ids)s::uuid[]))
and not exists (select from accounts_account a where a.id = h.account_id and {CUSTOMERS})"""


@dataclass(frozen=True)
class Statement:
    """SQL with named placeholders. The caller adds as_of, today, version_id and, for some accounts only, account_ids."""

    sql: str
    values: dict[str, Any]


def verdicts(
    definition: Definition,
    *,
    whom: Whom,
    typical: tuple[int, ...] | None = None,
    members: str = "",
    most_are_members: bool = False,
    ranks_kept: bool = False,
) -> Statement:
    """The named parts up to `judged`: one row for each customer account with its raw values, points and verdict.

    With `ranks_kept` ranks among peers are those of the verdict in force by the same version, and the peers are not measured again.
    `typical` (hundredths) stands for a scoring done before; without it, it is the mean of the accounts at hand. `members` is a query of
    account_id that says whom the formula scores; empty means everybody. Peers are compared among them.
    """
    ranked = has_peers(definition) and not ranks_kept  # the peers of a few accounts are all accounts
    mine = whom.condition("account_id") if ranked else "true"
    parts, rows, values = measured_alone(
        definition, Whom.ALL if ranked else whom, members=members, most_are_members=most_are_members
    )
    rows = compared(definition, rows, ranks_kept=ranks_kept)
    parts += [
        f"measured as materialized ({measured_rows(definition, rows)} where {mine})",
        IN_FORCE,
        f"typical as materialized (select {_typical(definition, typical)})",
        f"settled as ({settled_rows(definition)})",
        f"judged as ({judged_rows(definition, 'settled')})",
    ]
    return Statement("with " + ",\n".join(parts), values)


def scoring(
    definition: Definition, *, typical: tuple[int, ...] | None, members: str = "", side_by_side: bool = False
) -> Statement:
    """The whole statement for some accounts: it writes what changed and returns one row (scored, changed, moved, typical points).

    With `members` nobody loses a verdict: who is in none of several scopes is known only after all of them, see LOST. Accounts that stand
    `side_by_side` are read as a span, of which the caller adds the bounds, instead of each by its own.
    """
    whom = Whom.SPAN if side_by_side else Whom.SOME
    among = f"account_id in ({members})" if members else "true"
    chosen = f"{NAMED} where {among}" if side_by_side else members
    judged = verdicts(
        definition, whom=whom, typical=typical, members=chosen, most_are_members=side_by_side, ranks_kept=True
    )
    every = listed(f"t{index}" for index in range(len(definition.measures)))
    mine = whom.condition("h.account_id")
    return Statement(
        f"""{judged.sql},
{writes("judged", mine)},
gone as (
  delete from health_accounthealth h where h.scored_at < %(as_of)s
  {"and false" if members else ""}
  and h.account_id = any(array(select unnest(%(account_ids)s::uuid[]) except select account_id from measured)))
select (select count(*) from measured), (select count(*) from fresh), (select count(*) from moved),
  (select array[{every}]::smallint[] from typical)""",
        judged.values,
    )


def measured_alone(
    definition: Definition, whom: Whom, *, members: str = "", most_are_members: bool = False
) -> tuple[list[str], str, dict[str, Any]]:
    """Named parts and a query over them: one row for each customer account with its segment and raw values r0, r1 …; with its values.

    Where `most_are_members` the facts of the others are read with theirs: in the order of an index, nothing is sorted or looked up.
    """
    facts = facts_of(definition)
    parts = [f"assigned as materialized ({members})"] if members else []
    assigned = bool(members) and not most_are_members
    parts += [scan_sql(name, scan, whom=whom, assigned=assigned) for name, scan in facts.scans.items()]
    joins = " ".join(f"left join {name} on {name}.account_id = a.id" for name in facts.scans)
    raw = listed(f"{finite(expression)} as r{index}" for index, expression in enumerate(facts.raw))
    mine = f"{whom.condition('a.id')} and {'a.id in (select account_id from assigned)' if members else 'true'}"
    rows = f"select a.id as account_id, a.segment, {raw} from accounts_account a {joins} where {CUSTOMERS} and {mine} offset 0"
    return parts, rows, facts.parameters.values


def measured_rows(definition: Definition, rows: str) -> str:
    """`rows` as account_id, raw, coverage and points p0, p1 …; a condition on account_id may follow."""
    return f"select account_id, {_raw_array(definition)} as raw, {_coverage(definition)} as coverage, {_points(definition)} from ({rows}) facts"


def settled_rows(definition: Definition) -> str:
    """From `measured` and `overridden` everything of a verdict but its reason, which alone depends on what is typical.

    `shares` holds the weight of each group over the weights that have data in it, `exception` the measure whose exception applied.
    """
    band, exception = _band(definition), excepted(definition) if definition.exceptions else "null::text"
    override = f"select *, {limited(definition)} as limited from ({_weighed(definition)}) weighed offset 0"
    return (
        f"select account_id, raw, points, shares, coverage, score, {band} as band, {exception} as exception, override_id,"
        f" md5(uuid_send(%(version_id)s::uuid) || array_send(raw) || coalesce(uuid_send(override_id), '')) as input_hash"
        f" from (select *, {settled(definition)} as score from ({override}) limits left join overridden using (account_id) offset 0) settled offset 0"
    )


def judged_rows(definition: Definition, settled_table: str) -> str:
    """The verdicts of `settled_table` with the measure that pulls each furthest from the `typical` account."""
    offsets = listed(
        f"{_pull(group, number, measure, indexes, index)} * (points[{index + 1}] - t{index}) as o{index}"
        for number, (group, indexes) in enumerate(_indexed(definition))
        for measure, index in zip(group.measures, indexes, strict=True)
    )
    return (
        f"select account_id, raw, points, coverage, score, band, {_reason(definition)} as reason, override_id, input_hash"
        f" from (select given.*, {offsets} from {settled_table} given cross join typical offset 0) offsets"
    )


def writes(judged: str, mine: str) -> str:
    """The named parts that keep what `judged` says anew: `fresh`, and `moved` with a row for each change of band.

    `mine` is a condition on `h.account_id`: verdicts of others are not read.
    """
    return f"""fresh as materialized (
  select j.*, h.band as was_band, h.score as was_score from {judged} j
  left join (select * from health_accounthealth h where {mine}) h using (account_id)
  where {CHANGED.format(judged="j")} order by account_id),
history as (
  insert into health_healthscore (account_id, scored_at, version_id, score, band, coverage, reason, raw, points, input_hash, override_id, recorded_at)
  select account_id, %(as_of)s, %(version_id)s::uuid, score, band, coverage, reason, raw, points, input_hash, override_id, %(as_of)s from fresh
  on conflict do nothing),
rewritten as (
  update health_accounthealth h set (version_id, score, band, coverage, reason, raw, points, input_hash, override_id, scored_at)
    = row (%(version_id)s::uuid, f.score, f.band, f.coverage, f.reason, f.raw, f.points, f.input_hash, f.override_id, %(as_of)s::timestamptz)
  from fresh f where f.account_id = h.account_id and f.was_band is not null and {mine}),
first as (
  insert into health_accounthealth (account_id, version_id, score, band, coverage, reason, raw, points, input_hash, override_id, scored_at)
  select account_id, %(version_id)s::uuid, score, band, coverage, reason, raw, points, input_hash, override_id, %(as_of)s from fresh where was_band is null
  on conflict do nothing),
moved as (
  insert into health_healthtransition (account_id, from_band, to_band, from_score, to_score, reason, occurred_at, recorded_at)
  select account_id, was_band, band, was_score, score, reason, %(as_of)s, %(as_of)s from fresh where was_band <> band
  on conflict (account_id, occurred_at) do nothing returning 1)"""


def _raw_array(definition: Definition) -> str:
    return f"array[{listed(f'r{index}' for index in range(len(definition.measures)))}]::float8[]"


def _coverage(definition: Definition) -> str:
    every = sum(group.weight for group in definition.groups)
    shares: list[str] = []
    for group in definition.groups:
        inside = sum(measure.weight for measure in group.measures)
        for measure in group.measures:
            share = double(group.weight / every * (measure.weight / inside))
            shares.append(f"case when r{len(shares)} is null then 0 else {share} end")
    return f"round(({added(shares)})::numeric, 3)"


def _points(definition: Definition) -> str:
    return listed(
        f"({_filled(measure, f'r{index}', f'r{definition.tenure_index}')})::int as p{index}"
        for index, measure in enumerate(definition.measures)
    )


def _filled(measure: Measure, raw: str, months: str) -> str:
    points = f"case when {raw} is not null then {_transformed(measure.transform, raw, months)} end"
    return {"ignore": points, "neutral": f"coalesce({points}, {NEUTRAL})", "worst": f"coalesce({points}, 0)"}[
        measure.missing
    ]


def _transformed(transform: Transform, raw: str, months: str) -> str:
    match transform:
        case Linear(low, high):
            return f"round(least(greatest(({raw} - {double(low)}) / {double(high - low)}, 0), 1) * {FULL})"
        case Bounded(low, high, outside):
            inside = f"{raw} between {double(min(low, high))} and {double(max(low, high))}"
            return f"case when {inside} then {_transformed(Linear(low, high), raw, months)} else {outside} end"
        case Step(below, steps):
            whens = (f"when {raw} >= {double(threshold)} then {points}" for threshold, points in reversed(steps))
            return f"case {' '.join(whens)} else {below} end"
        case Choice(choices):
            whens = (f"when {raw} = {index} then {points}" for index, (_, points) in enumerate(choices))
            return f"case {' '.join(whens)} end"
        case Percentile():
            return f"round(least(greatest({raw}, 0), 1) * {FULL})"
        case Tenure(tables):
            later = (
                f"when {months} >= {double(start)} then {_transformed(step, raw, months)}"
                for start, step in reversed(tables[1:])
            )
            return f"case {' '.join(later) or 'when false then 0'} else {_transformed(tables[0][1], raw, months)} end"


def _typical(definition: Definition, given: tuple[int, ...] | None) -> str:
    if given is not None:
        return listed(f"{points:d} as t{index}" for index, points in enumerate(given))
    means = (
        f"case when count(p{i}) < {FEW} then {NEUTRAL} else round(avg(p{i}))::int end as t{i}"
        for i in range(len(definition.measures))
    )
    return f"{listed(means)} from measured"


def _weighed(definition: Definition) -> str:
    """Points and shares as arrays, and the score before exceptions."""
    floor = f"coverage >= {definition.coverage_floor!r} and total > 0"
    sums = added(f"coalesce(k{number} * g{number}, 0)" for number in range(len(definition.groups)))
    score = f"case when {floor} then least({_stretched(definition, f'({sums}) / total / 100')}, 100) end"
    points = listed(f"p{index}" for index in range(len(definition.measures)))
    shares = listed(f"k{number}" for number in range(len(definition.groups)))
    return (
        f"select account_id, raw, coverage, array[{points}]::smallint[] as points, array[{shares}]::float8[] as shares,"
        f" round(({score})::numeric, 2) as computed"
        f" from (select *, {_total(definition)} as total from ({_sums(definition)}) sums offset 0) totals offset 0"
    )


def _pull(group: Group, number: int, measure: Measure, indexes: range, index: int) -> str:
    """What one point of a measure weighs; null where another one of its group counts."""
    share = f"shares[{number + 1}]"
    if group.combine == "mean":
        return f"{share} * {double(measure.weight)}"
    counting = [place for place, each in zip(indexes, group.measures, strict=True) if each.weight > 0]
    if index not in counting:
        return "null::float8"
    best = _extreme(group, [f"points[{place + 1}]" for place in counting])
    earlier = "".join(f" and points[{place + 1}] is distinct from {best}" for place in counting if place < index)
    return f"case when points[{index + 1}] = {best}{earlier} then {share} end"


def _extreme(group: Group, points: Iterable[str]) -> str:
    return f"{'greatest' if group.combine == 'best' else 'least'}({listed(points)})"


def _stretched(definition: Definition, score: str) -> str:
    if definition.stretch == 1:
        return score
    return f"greatest({MIDDLE} + {double(definition.stretch)} * ({score} - {MIDDLE}), 0)"


def _total(definition: Definition) -> str:
    return added(
        f"case when k{number} is null then 0 else {double(group.weight)} end"
        for number, group in enumerate(definition.groups)
    )


def _sums(definition: Definition) -> str:
    """Per group: g, the weighted sum of its points, and k, its weight over the weights present in it (null: no data)."""
    columns = []
    for number, (group, indexes) in enumerate(_indexed(definition)):
        pairs = list(zip(group.measures, indexes, strict=True))
        if group.combine != "mean":
            best = _extreme(group, (f"p{index}" for measure, index in pairs if measure.weight > 0))
            columns.append(
                f"case when {best} is not null then {double(group.weight)} end as k{number}, {best} as g{number}"
            )
            continue
        present = added(
            f"case when p{index} is null then 0 else {double(measure.weight)} end" for measure, index in pairs
        )
        weighted = added(f"coalesce({double(measure.weight)} * p{index}, 0)" for measure, index in pairs)
        columns.append(f"{double(group.weight)} / nullif({present}, 0) as k{number}, {weighted} as g{number}")
    return f"select measured.*, {listed(columns)} from measured offset 0"


def _indexed(definition: Definition) -> list[tuple[Group, range]]:
    start, found = 0, []
    for group in definition.groups:
        found.append((group, range(start, start + len(group.measures))))
        start += len(group.measures)
    return found


def _band(definition: Definition) -> str:
    bands = definition.bands
    return (
        f"case when said_band <> '' then said_band when score is null then 'unknown' when score >= {bands.good!r} then 'good'"
        f" when score >= {bands.watch!r} then 'watch' else 'risk' end"
    )


def _reason(definition: Definition) -> str:
    offsets = [f"o{index}" for index in range(len(definition.measures))]
    together = added(f"coalesce({offset}, 0)" for offset in offsets)
    whens = " ".join(f"when o{index} then '{measure.key}'" for index, measure in enumerate(definition.measures))
    extreme = f"case when {together} <= 0 then least({listed(offsets)}) else greatest({listed(offsets)}) end"
    known = f"coalesce(exception, (case {extreme} {whens} end))"
    return f"case when override_id is not null then '{BY_HAND}' when score is null then '{NO_DATA}' else {known} end"
