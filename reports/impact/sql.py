"""The set-based statements of impact."""

OBSERVE_RENEWALS = """
insert into impact_outcome (account_id, kind, renewal_id, amount, currency, occurred_on, recorded_at)
select renewal.account_id,
       case decision.decision when 'renewed' then 'renewed' else 'churned' end,
       renewal.id,
       case decision.decision when 'renewed' then least(decision.arr_renewed, renewal.arr_due) else renewal.arr_due end,
       renewal.currency,
       decision.decided_on,
       decision.recorded_at
from accounts_renewaldecision decision
join accounts_renewal renewal on renewal.id = decision.renewal_id
where decision.recorded_at <= %(as_of)s
  and not exists (select from impact_outcome seen where seen.renewal_id = renewal.id)
on conflict do nothing
"""

# A churn movement on the day of a lost renewal's decision is that renewal's outcome already.
OBSERVE_MOVEMENTS = """
insert into impact_outcome (account_id, kind, movement_id, amount, currency, occurred_on, recorded_at)
select movement.account_id,
       case when movement.kind in ('expansion', 'reactivation') then 'expanded'
            when movement.kind = 'churn' then 'churned'
            else 'contracted' end,
       movement.id,
       abs(movement.amount),
       movement.currency,
       movement.occurred_on,
       movement.recorded_at
from accounts_revenuemovement movement
where movement.recorded_at <= %(as_of)s
  and movement.kind in ('expansion', 'reactivation', 'contraction', 'churn')
  and not exists (select from impact_outcome seen where seen.movement_id = movement.id)
  and not (movement.kind = 'churn' and exists (
        select from accounts_contractline line
        join accounts_renewal renewal on renewal.contract_id = line.contract_id
        join accounts_renewaldecision decision on decision.renewal_id = renewal.id
        where line.id = movement.line_id and decision.decision = 'churned' and decision.decided_on = movement.occurred_on))
on conflict do nothing
"""

OPEN_BALANCES = """
insert into impact_creditbalance (outcome_id, amount, credited)
select outcome.id, outcome.amount, 0
from impact_outcome outcome
where not exists (select from impact_creditbalance balance where balance.outcome_id = outcome.id)
on conflict do nothing
"""

# One row for each renewal that a version met, as the lot assigned it. A renewal met twice counts for its first draw;
# a held-out account was contacted when somebody worked on it proactively outside any playbook.
HOLDOUT_ROWS = """
select distinct on (enrollment.renewal_id)
       enrollment.renewal_id,
       enrollment.account_id,
       enrollment.arm,
       enrollment.stratum,
       enrollment.eligible_at,
       renewal.due_on,
       renewal.currency,
       renewal.arr_due,
       decision.decision,
       decision.arr_renewed,
       exists (
           select from accounts_interaction touch
           left join playbooks_task task on task.interaction_id = touch.id
           where touch.account_id = enrollment.account_id
             and touch.mode = 'proactive'
             and touch.recorded_at <= %(as_of)s
             and touch.occurred_at >= enrollment.eligible_at
             and touch.occurred_at < renewal.due_on
             and task.run_id is null
       ) as contacted
from playbooks_enrollment enrollment
join accounts_renewal renewal on renewal.id = enrollment.renewal_id
join playbooks_playbookversion version on version.id = enrollment.version_id
left join accounts_renewaldecision decision
       on decision.renewal_id = renewal.id and decision.recorded_at <= %(as_of)s
where enrollment.version_id = %(version)s
  and enrollment.recorded_at <= %(as_of)s
  and renewal.due_on <= (enrollment.eligible_at at time zone 'UTC')::date + version.horizon_days
  and renewal.due_on >= %(start)s
  and renewal.due_on < %(end)s
order by enrollment.renewal_id, enrollment.eligible_at, enrollment.id
"""

# Claims on outcomes of a period as they stood at a moment: only what had been submitted, cited, decided and taken back by then.
CLAIMS_OF_PERIOD = """
select claim.id as claim_id,
       claim.number,
       claim.kind,
       claim.account_id,
       claim.amount,
       claim.currency,
       outcome.id as outcome_id,
       outcome.amount as outcome_amount,
       review.decision,
       exists (
           select from impact_ledgerentry entry
           where entry.claim_id = claim.id and entry.kind = 'reversal' and entry.recorded_at <= %(as_of)s
       ) as is_reversed,
       coalesce(shown.evidence_count, 0) as evidence_count,
       coalesce(shown.confirmed, false) as confirmed
from impact_claim claim
join impact_outcome outcome on outcome.id = claim.outcome_id
left join impact_review review on review.claim_id = claim.id and review.decided_at <= %(as_of)s
left join lateral (
    select count(*) as evidence_count, bool_or(evidence.confirms) as confirmed
    from impact_evidence evidence
    where evidence.claim_id = claim.id and evidence.captured_at <= %(as_of)s
) shown on true
where claim.submitted_at <= %(as_of)s
  and outcome.recorded_at <= %(as_of)s
  and outcome.occurred_on >= %(start)s
  and outcome.occurred_on < %(end)s
order by claim.number
"""
