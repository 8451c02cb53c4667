"""Health of many accounts summed up in one statement: by owner, segment, parent, or as a whole; and those that moved most."""
# ruff: noqa: S608  # no value from outside stands in the texts

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from cshub.db import sql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

By = Literal["portfolio", "owner", "segment", "parent"]
DEEPEST = 50  # levels of parents that are followed, as everywhere
BANDS = ("risk", "watch", "unknown", "good")

# Who belongs to which group. Each account stands in one group, so nothing is counted twice.
_OWNERS = "select a.id, coalesce(a.owner_id::text, '') as key, coalesce(u.name, '') as label from accounts_account a left join users_user u on u.id = a.owner_id"
_GROUPS = {
    "portfolio": "select a.id, '' as key, '' as label from accounts_account a",
    "owner": _OWNERS,
    "segment": "select a.id, a.segment as key, a.segment as label from accounts_account a",
    "parent": """select t.id, case when top.has_children then top.id::text else '' end as key, case when top.has_children then top.name else '' end as label
      from tree t join (select a.id, a.name, exists (select from accounts_account c where c.parent_id = a.id and c.status <> 'merged') as has_children
        from accounts_account a) top on top.id = t.top""",
    "below": "select t.id, t.top::text as key, top.name as label from tree t join accounts_account top on top.id = t.top",
}
# From the tops down; an account has one parent, so it is reached once.
_TREE = f"""tree(id, top, level) as (
    select id, id, 0 from accounts_account where parent_id is null
    union all
    select c.id, t.top, t.level + 1 from tree t join accounts_account c on c.parent_id = t.id where t.level < {DEEPEST}),
"""
# The account itself, without those below it, and each of its children with all that stand below them.
_BRANCHES = f"""branches(id, top, level) as (
    select id, id, 1 from accounts_account where parent_id = %(parent)s
    union all
    select c.id, t.top, t.level + 1 from branches t join accounts_account c on c.parent_id = t.id
    where t.level < {DEEPEST} and c.id <> %(parent)s),
tree as (select id, top from branches union all select %(parent)s::uuid, %(parent)s::uuid),
"""
_BY_BAND = ", ".join(
    f"count(*) filter (where band = '{band}') as {band}_count, coalesce(sum(arr) filter (where band = '{band}'), 0) as {band}_arr"
    for band in BANDS
)


def rolled_up(
    by: By, *, owner: UUID | None = None, segment: str | None = None, parent: UUID | None = None, most: int
) -> list[Any]:
    """A row for each group and currency, the largest groups first. With `parent` (by parent) the branches below that account. One query."""
    below = by == "parent" and parent is not None
    tree = (_BRANCHES if below else _TREE) if by == "parent" else ""
    statement = f"""with recursive {tree}
placed as ({_GROUPS["below" if below else by]}),
customer as (
  select p.key, p.label, coalesce(h.band, 'unknown') as band, h.score, coalesce(r.arr, 0) as arr, coalesce(r.currency, '') as currency
  from placed p join accounts_account a on a.id = p.id
  left join accounts_accountrevenue r on r.account_id = a.id left join health_accounthealth h on h.account_id = a.id
  where a.status in ('onboarding', 'active') and {_chosen()}),
summed as (
  select key, max(label) as label, currency, count(*) as account_count, count(score) as scored_count, sum(score) as score_sum,
    sum(arr) as arr, coalesce(sum(arr) filter (where score is not null), 0) as scored_arr, sum(score * arr) as weighted, {_BY_BAND}
  from customer group by key, currency),
ranked as (
  select *, sum(account_count) over (partition by key) as group_count from summed)
select ranked.* from ranked
join (select key, row_number() over (order by group_count desc, key) as place from (select distinct key, group_count from ranked) sizes) places using (key)
where place <= %(most)s order by place, arr desc, currency"""
    return sql.named(statement, {**_values(owner, segment), "parent": parent, "most": most})


def moved(*, since: datetime, owner: UUID | None = None, segment: str | None = None, most: int) -> list[Any]:
    """The accounts whose score rose and fell most since a moment: at most so many of each, the fallen first. One query."""
    statement = f"""with moved as materialized (
  select a.id, a.name, r.arr, r.currency, u.name as owner, h.score, h.band, was.score as was_score, was.band as was_band, h.score - was.score as change
  from health_accounthealth h join accounts_account a on a.id = h.account_id
  left join accounts_accountrevenue r on r.account_id = a.id left join users_user u on u.id = a.owner_id
  cross join lateral (select score, band from health_healthscore k where k.account_id = h.account_id and k.scored_at <= %(since)s
    order by k.scored_at desc limit 1) was
  where h.scored_at > %(since)s and h.score <> was.score and a.status in ('onboarding', 'active') and {_chosen()})
(select * from moved where change < 0 order by change, arr desc nulls last, id limit %(most)s)
union all (select * from moved where change > 0 order by change desc, arr desc nulls last, id limit %(most)s)"""
    return sql.named(statement, {**_values(owner, segment), "since": since, "most": most})


def _chosen() -> str:
    return (
        "(%(owner)s::uuid is null or a.owner_id = %(owner)s) and (%(segment)s::text is null or a.segment = %(segment)s)"
    )


def _values(owner: UUID | None, segment: str | None) -> dict[str, Any]:
    return {"owner": owner, "segment": segment}
