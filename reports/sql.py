"""The set-based statements of reports."""

from accounts.queries.families import SURVIVORS

# Per account with revenue at the start: what it lost and gained in [start, end), as known at as_of.
# Losses are capped at the start account by account, so that no account's gross retention leaves 0 to 1. Accounts that were merged by as_of are
# one from the beginning; what a split moved counts as if it had stood there at the start: neither is revenue lost or won.
RETENTION = f"""
with account as materialized (
    select coalesce(family.survivor_id, movement.account_id) as account_id,
           sum(movement.amount) filter (where movement.occurred_on < %(start)s or movement.kind = 'transfer') as at_start,
           sum(movement.amount) as at_end,
           coalesce(-sum(movement.amount) filter (
               where movement.occurred_on >= %(start)s and movement.amount < 0 and movement.kind not in ('fx', 'transfer')), 0) as lost,
           coalesce(sum(movement.amount) filter (
               where movement.occurred_on >= %(start)s and movement.amount > 0 and movement.kind not in ('fx', 'transfer')), 0) as gained
    from accounts_revenuemovement movement
    left join {SURVIVORS} family on family.account_id = movement.account_id
    where movement.occurred_on < %(end)s
      and movement.recorded_at <= %(as_of)s
      and movement.currency = %(currency)s
    group by 1
)
select coalesce(sum(at_start), 0) as start,
       coalesce(sum(least(lost, at_start)), 0) as lost,
       coalesce(sum(lost), 0) as lost_uncapped,
       coalesce(sum(gained), 0) as gained,
       count(*) as accounts,
       count(*) filter (where at_end <= 0) as accounts_lost,
       (select count(distinct other.account_id) from accounts_revenuemovement other
        where other.occurred_on < %(start)s and other.recorded_at <= %(as_of)s and other.currency <> %(currency)s) as accounts_left_out
from account
where at_start > 0
"""  # noqa: S608

# Everything that fell due counts, so a renewal that nobody decided yet counts as not renewed, and is counted beside it.
RENEWALS_DUE = """
select coalesce(sum(renewal.arr_due), 0) as due,
       coalesce(sum(least(decision.arr_renewed, renewal.arr_due)) filter (where decision.id is not null), 0) as renewed,
       count(*) filter (where decision.id is null) as undecided
from accounts_renewal renewal
left join accounts_renewaldecision decision on decision.renewal_id = renewal.id and decision.recorded_at <= %(as_of)s
where renewal.due_on >= %(start)s
  and renewal.due_on < %(end)s
  and renewal.due_on <= (%(as_of)s::timestamptz at time zone 'UTC')::date
  and renewal.currency = %(currency)s
  and renewal.recorded_at <= %(as_of)s
"""

# Minutes of work by quarter, we started it against the customer did.
WORK_BY_QUARTER = """
select to_char(touch.occurred_at at time zone 'UTC', 'YYYY-"Q"Q') as quarter,
       coalesce(sum(touch.minutes) filter (where touch.mode = 'proactive'), 0) as proactive_minutes,
       coalesce(sum(touch.minutes) filter (where touch.mode = 'reactive'), 0) as reactive_minutes,
       count(*) filter (where touch.mode = 'proactive') as proactive_count,
       count(*) filter (where touch.mode = 'reactive') as reactive_count
from accounts_interaction touch
where touch.occurred_at >= %(start)s
  and touch.occurred_at < %(end)s
  and touch.recorded_at <= %(as_of)s
group by 1
order by 1
"""

# Each cost, in proportion to the days it shares with [start, end); in whole cents per category and currency.
COSTS = """
select cost.currency,
       cost.category,
       count(*) as count,
       round(sum(cost.amount * 100
           * (least(cost.ends_on, %(end)s::date) - greatest(cost.starts_on, %(start)s::date))
           / (cost.ends_on - cost.starts_on)))::bigint as cents
from reports_costentry cost
where cost.starts_on < %(end)s
  and cost.ends_on > %(start)s
  and cost.recorded_at <= %(as_of)s
group by cost.currency, cost.category
order by cost.currency, cost.category
"""
