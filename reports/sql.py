"""The set-based statements of reports."""

from accounts.queries.families import SURVIVORS

# Per account with revenue at the start: what it lost and gained in [start, end), as known at as_of. Accounts that had been merged by then
# are one; what moves between accounts or with exchange rates is neither loss nor gain; a correction takes back what it corrects.
# Losses are capped at the start account by account, so that no account's gross retention leaves 0 to 1.
_COHORT = f"""
with merged as materialized (
    select * from {SURVIVORS} gone
), flow as materialized (
    select coalesce(merged.survivor_id, movement.account_id) as account_id, movement.currency,
           sum(movement.amount) filter (where movement.occurred_on < %(start)s) as at_start,
           sum(movement.amount) as at_end,
           coalesce(sum(movement.amount) filter (where movement.occurred_on >= %(start)s and movement.kind = 'transfer'), 0) as moved,
           coalesce(-sum(movement.amount) filter (where movement.occurred_on >= %(start)s and movement.amount < 0
               and movement.kind not in ('fx', 'transfer', 'correction')), 0) as down,
           coalesce(sum(movement.amount) filter (where movement.occurred_on >= %(start)s and movement.amount > 0
               and movement.kind not in ('fx', 'transfer', 'correction')), 0) as up,
           coalesce(sum(movement.amount) filter (where movement.occurred_on >= %(start)s and movement.amount > 0
               and movement.kind = 'correction'), 0) as down_taken_back,
           coalesce(-sum(movement.amount) filter (where movement.occurred_on >= %(start)s and movement.amount < 0
               and movement.kind = 'correction'), 0) as up_taken_back
    from accounts_revenuemovement movement
    left join merged on merged.account_id = movement.account_id
    where movement.occurred_on < %(end)s
      and movement.recorded_at <= %(as_of)s
    group by 1, 2
), account as materialized (
    select account_id, currency, at_start, at_end - moved as at_end,
           greatest(0, down - down_taken_back) as lost, greatest(0, up - up_taken_back) as gained
    from flow where at_start > 0
)
"""  # noqa: S608

RETENTION = f"""{_COHORT}
select coalesce(sum(at_start), 0) as start,
       coalesce(sum(least(lost, at_start)), 0) as lost,
       coalesce(sum(lost), 0) as lost_uncapped,
       coalesce(sum(gained), 0) as gained,
       count(*) as accounts,
       count(*) filter (where at_end <= 0) as accounts_lost,
       (select count(distinct other.account_id) from accounts_revenuemovement other
        where other.occurred_on < %(start)s and other.recorded_at <= %(as_of)s and other.currency <> %(currency)s) as accounts_left_out
from account
where currency = %(currency)s
"""  # noqa: S608

# The whole book, currency by currency, in cents of the reporting currency: at the rates of the start, and at those of each end of the period.
# A rate that is not known leaves null.
RETENTION_BY_CURRENCY = f"""{_COHORT}
select account.currency,
       count(*) as accounts,
       round(sum(at_start) * rate.first * 100) as start,
       round(sum(least(lost, at_start)) * rate.first * 100) as lost,
       round(sum(lost) * rate.first * 100) as lost_uncapped,
       round(sum(gained) * rate.first * 100) as gained,
       round(sum(least(at_start * rate.first, (at_start - least(lost, at_start)) * rate.last)) * 100) as kept_reported,
       round(sum(at_start + gained - lost) * rate.last * 100) as net_reported,
       rate.first as rate_at_start,
       rate.last as rate_at_end
from account
left join unnest(%(currencies)s::text[], %(starts)s::numeric[], %(ends)s::numeric[]) as rate(currency, first, last)
       on rate.currency = account.currency
group by account.currency, rate.first, rate.last
order by account.currency
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
