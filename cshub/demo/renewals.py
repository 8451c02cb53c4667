"""Renewals fall due: what was assigned and the account's fate decide, and nothing else does."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts import services
from cshub.db import sql
from cshub.demo.truth import fate
from cshub.demo.world import DecidedRenewal, World

RUNWAY, RESCUE = "Renewal runway", "Health drop"
SHRINKS = 0.10  # share of renewals that keep less than all of their revenue
SHRUNK_TO = 0.85

DUE = """
select renewal.id, renewal.account_id, renewal.due_on, renewal.arr_due
from accounts_renewal renewal
left join accounts_renewaldecision decision on decision.renewal_id = renewal.id
where decision.id is null and renewal.due_on >= %(since)s and renewal.due_on < %(until)s
order by renewal.due_on, renewal.account_id
"""

# The first arm of each renewal in each playbook, among those whose renewal lies within the horizon.
ARMS = """
select distinct on (enrollment.renewal_id, playbook.name) enrollment.renewal_id, playbook.name, enrollment.arm
from playbooks_enrollment enrollment
join playbooks_playbookversion version on version.id = enrollment.version_id
join playbooks_playbook playbook on playbook.id = enrollment.playbook_id
join accounts_renewal renewal on renewal.id = enrollment.renewal_id
where renewal.due_on >= %(since)s and renewal.due_on < %(until)s
  and renewal.due_on <= (enrollment.eligible_at at time zone 'UTC')::date + version.horizon_days
order by enrollment.renewal_id, playbook.name, enrollment.eligible_at, enrollment.id
"""


def decide(world: World, *, since: date, until: date, as_of: datetime) -> int:
    """Decide every renewal due in [since, until); how many."""
    params = {"since": since, "until": until}
    arms = {(row.renewal_id, row.name): row.arm == "treated" for row in sql.named(ARMS, params)}
    due = sql.named(DUE, params)
    decisions = [_decide(world, row, arms) for row in due]
    for row, decided in zip(due, decisions, strict=True):
        if not decided.renewed:
            world.customers[row.account_id].left_on = decided.due_on
    world.decided.extend(decisions)
    services.decide_renewals([_decision(row) for row in decisions], by=None, as_of=as_of)
    return len(decisions)


def _decide(world: World, row: Any, arms: dict[tuple[Any, str], bool]) -> DecidedRenewal:
    shrinks = world.rng.random() < SHRINKS
    its_fate = fate(
        world.customers[row.account_id].mood, luck=float(world.rng.random()), keeps=SHRUNK_TO if shrinks else 1.0
    )
    runway, rescue = arms.get((row.id, RUNWAY)), arms.get((row.id, RESCUE))
    return DecidedRenewal(
        renewal_id=row.id,
        account_id=row.account_id,
        due_on=row.due_on,
        fate=its_fate,
        arr_cents=int(row.arr_due * 100),
        runway=runway,
        rescue=rescue,
        renewed=its_fate.renews(runway=bool(runway), rescue=bool(rescue)),
    )


def _decision(row: DecidedRenewal) -> services.Decision:
    kept = Decimal(round(row.arr_cents * row.fate.keeps)) / 100
    return services.Decision(
        renewal_id=row.renewal_id,
        decision="renewed" if row.renewed else "churned",
        arr_renewed=kept if row.renewed else Decimal(0),
        decided_on=row.due_on,
        source_ref=f"billing:{row.renewal_id}",
    )
