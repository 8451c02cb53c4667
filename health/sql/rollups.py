"""Health of many accounts summed up in one statement: by owner, segment, parent, or as a whole, now or at a past moment; and those that moved most."""
# ruff: noqa: S608  # no value from outside stands in the texts

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal

from cshub.db import sql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

By = Literal["portfolio", "owner", "segment", "in_segment", "parent"]
DEEPEST = 50  # levels of parents that are followed, as everywhere
BANDS = ("risk", "watch", "unknown", "good")


@dataclass(frozen=True)
class Narrow:
    """Which accounts are summed up: those of an owner, with a text in the field segment, in a segment made by a rule."""

    owner: UUID | None = None
    segment: str | None = None
    in_segment: UUID | None = None


@dataclass(frozen=True)
class _Sources:
    """Where the facts stand: who is a customer, who owns it, in which segments it is and which there are, its verdict, one that came
    after a moment, and its revenue."""

    customers: str
    owner: str
    member: str
    verdicts: str
    moving: str
    revenue: str
    segments: str


_NOW = _Sources(
    customers="a.status in ('onboarding', 'active')",
    owner="a.owner_id",
    member="m.left_at is null",
    verdicts="health_accounthealth",
    moving="join health_accounthealth h on h.account_id = a.id and h.scored_at > %(since)s",
    revenue="accounts_accountrevenue",
    segments="g.archived_at is null",
)
# Of merges and splits the last one known then counts. What was merged since is read as the merge remembers it.
_MERGED = """coalesce((select e.kind from accounts_accountmerge e where e.absorbed_id = a.id and e.occurred_on <= %(day)s
    and e.recorded_at <= %(at)s order by e.recorded_at desc, e.id desc limit 1), 'split') = 'merge'"""
_WAS = """(select nullif(e.moved->'was'->>'{}', '') from accounts_accountmerge e where e.absorbed_id = a.id and e.kind = 'merge'
    order by e.recorded_at desc, e.id desc limit 1)"""
# The fields segment and parent of the account itself have no past and are read as they are now. An account keeps one currency.
_THEN = _Sources(
    customers=f"""a.recorded_at <= %(at)s and (a.customer_since_on is null or a.customer_since_on <= %(day)s)
    and (a.status in ('onboarding', 'active') or a.status in ('churned', 'merged') and a.churned_on > %(day)s
      or a.status = 'merged' and {_WAS.format("status")} in ('onboarding', 'active'))
    and not {_MERGED}""",
    owner=f"""(case when exists (select from accounts_ownership o where o.account_id = a.id) then (select o.user_id from accounts_ownership o
    where o.account_id = a.id and o.since <= %(at)s and (o.until is null or o.until > %(at)s) order by o.since desc limit 1) when a.status = 'merged' then {_WAS.format("owner_id")}::uuid else a.owner_id end)""",
    member="m.entered_at <= %(at)s and (m.left_at is null or m.left_at > %(at)s)",
    verdicts="""(select each.id as account_id, kept.band, kept.score from accounts_account each cross join lateral (
    select k.band, k.score from health_healthscore k where k.account_id = each.id and k.scored_at <= %(at)s order by k.scored_at desc limit 1) kept)""",
    moving="""cross join lateral (select * from health_healthscore k where k.account_id = a.id and k.scored_at > %(since)s
    and k.scored_at <= %(at)s order by k.scored_at desc limit 1) h""",
    revenue="""(select moved.account_id, sum(moved.amount) as arr, min(moved.currency) as currency from accounts_revenuemovement moved
    where moved.occurred_on <= %(day)s and moved.recorded_at <= %(at)s group by moved.account_id)""",
    segments="(g.archived_at is null or g.archived_at > %(at)s)",
)


@dataclass(frozen=True)
class _Grouping:
    """What groups accounts `a`: the key of a group, its label, and what has to be joined for them."""

    key: str
    label: str
    joined: str = ""


# Who belongs to which group. Each account stands in one group, so nothing is counted twice; in as many as it is a member of by in_segment.
_GROUPINGS = {
    "portfolio": _Grouping("null::uuid", "null::text"),
    "owner": _Grouping("u.id", "u.name", "left join users_user u on u.id = {owner}"),
    "segment": _Grouping("a.segment", "a.segment"),
    "in_segment": _Grouping(
        "g.id",
        "g.name",
        """left join (segments_segmentmembership m join segments_segment g on g.id = m.segment_id and {segments})
          on m.account_id = a.id and {member}""",
    ),
    "parent": _Grouping("t.top", "t.name", "left join tree t on t.id = a.id"),
    "below": _Grouping("t.top", "t.name", "join tree t on t.id = a.id"),
}
# From the tops that have anybody below them down; an account has one parent, so it is reached once.
_TREE = f"""tree(id, top, name, level) as (
    select id, id, name, 0 from accounts_account where parent_id is null
      and id in (select parent_id from accounts_account where parent_id is not null and status <> 'merged')
    union all
    select c.id, t.top, t.name, t.level + 1 from tree t join accounts_account c on c.parent_id = t.id where t.level < {DEEPEST}),
"""
# The account itself, without those below it, and each of its children with all that stand below them.
_BRANCHES = f"""branches(id, top, name, level) as (
    select id, id, name, 1 from accounts_account where parent_id = %(parent)s
    union all
    select c.id, t.top, t.name, t.level + 1 from branches t join accounts_account c on c.parent_id = t.id
    where t.level < {DEEPEST} and c.id <> %(parent)s),
tree as (select id, top, name from branches union all select id, id, name from accounts_account where id = %(parent)s),
"""
_BY_BAND = ", ".join(
    f"coalesce(sum(account_count) filter (where band = '{band}'), 0)::bigint as {band}_count, coalesce(sum(arr) filter (where band = '{band}'), 0) as {band}_arr"
    for band in BANDS
)
_AFTER = "where %(after_count)s::bigint is null or (group_count, %(after_key)s) < (%(after_count)s, key)"


def rolled_up(
    by: By,
    narrow: Narrow,
    *,
    parent: UUID | None = None,
    at: datetime | None = None,
    after: tuple[int, str] | None = None,
    most: int,
) -> list[Any]:
    """A row for each group and currency, the largest groups first. With `parent` (by parent) the branches below that account; with `at` as
    it was known at that moment; `after` the group of that count and key. One query."""
    below = by == "parent" and parent is not None
    tree = (_BRANCHES if below else _TREE) if by == "parent" else ""
    of, group = _THEN if at else _NOW, _GROUPINGS["below" if below else by]
    statement = f"""with recursive {tree}
cells as (
  select {group.key} as key, max({group.label}) as label, coalesce(r.currency, '') as currency, coalesce(h.band, 'unknown') as band,
    count(*) as account_count, count(h.score) as scored_count, sum(h.score) as score_sum,
    coalesce(sum(r.arr), 0) as arr, sum(r.arr) filter (where h.score is not null) as scored_arr, sum(h.score * r.arr) as weighted
  from accounts_account a {group.joined.format(owner=of.owner, member=of.member, segments=of.segments)}
  left join {of.revenue} r on r.account_id = a.id left join {of.verdicts} h on h.account_id = a.id
  where {of.customers} and {_chosen(of)} group by 1, 3, 4),
summed as (
  select coalesce(key::text, '') as key, coalesce(max(label), '') as label, currency, sum(account_count)::bigint as account_count,
    sum(scored_count)::bigint as scored_count, sum(score_sum) as score_sum, sum(arr) as arr, coalesce(sum(scored_arr), 0) as scored_arr,
    sum(weighted) as weighted, {_BY_BAND}
  from cells group by cells.key, currency),
ranked as (
  select *, sum(account_count) over (partition by key) as group_count from summed)
select ranked.* from ranked
join (select key, row_number() over (order by group_count desc, key) as place
  from (select distinct key, group_count from ranked {_AFTER}) sizes) places using (key)
where place <= %(most)s order by place, arr desc, currency"""
    count, key = after or (None, "")
    asked = {"parent": parent, "most": most, "after_count": count, "after_key": key}
    return sql.named(statement, {**_values(narrow, at), **asked})


def moved(
    *, since: datetime, at: datetime | None = None, narrow: Narrow, bands_only: bool = False, most: int
) -> list[Any]:
    """The accounts whose score rose and fell most from a moment to now, or to `at` as it was known then: at most so many of each, the fallen
    first, with what their later verdict was told from. `bands_only`: those in another band. One query."""
    of = _THEN if at else _NOW
    statement = f"""with moved as materialized (
  select a.id, r.arr, r.currency, was.score as was_score, was.band as was_band, h.score - was.score as change
  from accounts_account a {of.moving} left join {of.revenue} r on r.account_id = a.id
  cross join lateral (select score, band from health_healthscore k where k.account_id = h.account_id and k.scored_at <= %(since)s
    order by k.scored_at desc limit 1) was
  where h.score <> was.score and (not %(bands_only)s or h.band <> was.band) and {of.customers} and {_chosen(of)}),
furthest as (
  (select *, 1 as side from moved where change < 0 order by change, arr desc nulls last, id limit %(most)s)
  union all (select *, 2 from moved where change > 0 order by change desc, arr desc nulls last, id limit %(most)s))
select f.*, a.name, u.name as owner, h.score, h.band, h.version_id, h.reason, h.raw, h.override_id
from furthest f join accounts_account a on a.id = f.id {of.moving} left join users_user u on u.id = {of.owner}
order by f.side, abs(f.change) desc, f.arr desc nulls last, f.id"""
    return sql.named(statement, {**_values(narrow, at), "since": since, "bands_only": bands_only, "most": most})


def _chosen(of: _Sources) -> str:
    return (
        f"(%(owner)s::uuid is null or {of.owner} = %(owner)s) and (%(segment)s::text is null or a.segment = %(segment)s)"
        " and (%(in_segment)s::uuid is null or exists (select from segments_segmentmembership m"
        f" where m.account_id = a.id and m.segment_id = %(in_segment)s and {of.member}))"
    )


def _values(narrow: Narrow, at: datetime | None) -> dict[str, Any]:
    day = at.astimezone(UTC).date() if at else None
    return {
        "owner": narrow.owner, "segment": narrow.segment, "in_segment": narrow.in_segment, "at": at, "day": day,
    }  # fmt: skip
