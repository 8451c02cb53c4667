"""Rows that a scan reads from more than one table, each with its account and when it was recorded.

`{paid}` and `{merged}` narrow the second table to what belongs to the accounts that are asked about, see `narrowed`.
"""
# ruff: noqa: S608  # no value from outside

from collections.abc import Sequence

from accounts.queries.families import SURVIVORS
from health.sql.whom import Whom

# bills (no credit notes), with what was paid for each by then
INVOICES = """(select i.account_id, i.due_on, i.amount, i.currency, i.recorded_at, coalesce(sum(p.amount), 0) as paid, max(p.paid_on) as last_paid_on
  from accounts_invoice i left join accounts_payment p
    on p.invoice_id = i.id and p.recorded_at <= %(as_of)s and p.paid_on <= %(today)s::date {paid}
  where i.amount > 0 group by i.id) invoices"""
# champions and sponsors, and when they left the account or the part they played
KEY_PEOPLE = """(select account_id, id as contact_id, left_on, recorded_at from accounts_contact where role in ('champion', 'sponsor')
  union all select c.account_id, c.id, r.occurred_on, r.recorded_at from accounts_rolechange r join accounts_contact c on c.id = r.contact_id
  where r.from_role in ('champion', 'sponsor') and r.to_role not in ('champion', 'sponsor')) key_people"""
# talks stay where they were recorded: those with an account that was merged away by then count for the one it went into
INTERACTIONS = f"""(select account_id, direction, mode, minutes, occurred_at, recorded_at from accounts_interaction
  union all select family.survivor_id, i.direction, i.mode, i.minutes, i.occurred_at, i.recorded_at
  from {SURVIVORS} family join accounts_interaction i on i.account_id = family.account_id {{merged}}) interactions"""


def narrowed(table: str, whom: Whom, where: Sequence[str]) -> str:
    """`table` without the rows of others: neither the payments of bills that `where` leaves out, nor what was said to accounts merged elsewhere.

    As arrays, so that the planner looks them up in an index instead of reading all there are for each span.
    """
    if whom is Whom.ALL:
        return table.format(paid="", merged="")
    bills = f"select id from accounts_invoice where {' and '.join(where)}"
    gone = f"select account_id from {SURVIVORS} family where {whom.condition('survivor_id')}"
    return table.format(paid=f"and p.invoice_id = any(array({bills}))", merged=f"and i.account_id = any(array({gone}))")
